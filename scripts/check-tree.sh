#!/usr/bin/env bash
# Checks on the committed files themselves: size of source files, and words that must not stand in the tree.
#
#   scripts/check-tree.sh              checks what git tracks
#   scripts/check-tree.sh --self-test  shows on fabricated files that each rule finds its case
set -euo pipefail
. "$(dirname "$0")/env.sh"

# Rust calls that bypass a rule of the house. A line is excused by the reason written on it: `allowed: why`.
TX_ORIGIN='\btx_origin\b|tx::origin'
RAW_CALL='\bRawCall\b|\bRawDeploy\b'
OPEN_WORK='\b(TODO|FIXME|XXX|HACK)\b|\b(todo|unimplemented)!\('
# Absolute paths of somebody's machine, and hosts of package registries: neither belongs in a repository.
MACHINE_PATH='(^|[^[:alnum:]_./-])/(root|home|work|farm|Users)/[[:alnum:]._-]+'
REGISTRY_HOST='registry\.npmjs\.org|registry\.yarnpkg\.com|files\.pythonhosted\.org|pypi\.org/simple|artifactory|index\.crates\.io|static\.crates\.io|deb\.debian\.org'

faults=0
fault() { printf '%s\n' "$*" >&2; faults=$((faults + 1)); }

# Lines of tracked files that match a pattern, unless excused.
forbid() { # what, pattern, pathspec...
  local what=$1 pattern=$2 hit
  shift 2
  while IFS= read -r hit; do fault "$what: $hit"; done \
    < <(git grep -InE -e "$pattern" -- "$@" ':!scripts/check-tree.sh' | grep -vE 'allowed: [a-z]' || true)
}

check() { # a folder
  cd "$1"
  local file lines limit
  while IFS= read -r file; do
    [[ -f $file ]] || continue
    lines=$(wc -l <"$file")
    limit=300
    [[ $file =~ ^src/(token|verifier|controller|lens|minter|vault|treasury|gauges)/lib\.rs$ ]] && limit=400
    ((lines <= limit)) || fault "too long: $file has $lines lines, $limit allowed"
  done < <(git ls-files '*.rs' | grep -vE '(^|/)tests?(/|\.rs$)|_tests?\.rs$|^host/e2e/')

  forbid "tx_origin names whoever is tricked into signing" "$TX_ORIGIN" 'src/*.rs'
  forbid "an unchecked call" "$RAW_CALL" 'src/*.rs'
  forbid "left open" "$OPEN_WORK" '*.rs' '*.sh' '*.mjs' '*.sol' '*.toml' '*.md'
  forbid "a path of one machine" "$MACHINE_PATH" . ':!*.lock' ':!*package-lock.json' ':!*.svg' ':!host/e2e/solidity/artifacts/*'
  # Cargo.lock names the index of crates.io by its public git address, as every Cargo.lock does.
  forbid "a registry host" "$REGISTRY_HOST" .
}

self_test() {
  local dir found
  dir=$(mktemp -d)
  trap "rm -rf '$dir'" EXIT
  git -C "$dir" init -q
  mkdir -p "$dir/src/token" "$dir/src/core/tests" "$dir/docs"
  yes '// line' | head -n 401 >"$dir/src/token/lib.rs" || true
  yes '// line' | head -n 900 >"$dir/src/core/tests/long.rs" || true
  printf 'let who = vm.tx_origin();\n' >"$dir/src/token/who.rs"
  printf 'RawCall::new();\nRawCall::new(); // allowed: reads a precompile\n' >"$dir/src/token/call.rs"
  printf '// TODO later\n' >"$dir/src/token/open.rs"
  printf 'see /home/somebody/notes\nbut https://example.org/home/page is fine\n' >"$dir/docs/path.md"
  printf '{"resolved": "https://registry.npmjs.org/x"}\n' >"$dir/package-lock.json"
  git -C "$dir" add .
  (check "$dir") 2>"$dir/.git/out"
  found=$(wc -l <"$dir/.git/out")
  if ((found != 6)); then cat "$dir/.git/out" >&2; die "tree: self-test found $found faults of 6"; fi
  say "tree: self-test finds its 6 cases"
}

if [[ ${1:-} == --self-test ]]; then self_test; exit; fi
check "$ROOT"
((faults == 0)) || die "tree: $faults faults"
say "tree: $(git ls-files | wc -l) files, none too long, nothing forbidden"
