#!/usr/bin/env bash
# Coverage-guided fuzzing of the compiled contracts and of core. Not part of test.sh, which runs the same targets over the
# committed corpus. Needs the contracts (scripts/build.sh) and a C++ compiler; the first build takes some ten minutes.
#
#   scripts/fuzz.sh                       every target for ten minutes, one after the other
#   scripts/fuzz.sh calldata 3600         one target, for so many seconds
#   scripts/fuzz.sh minimize [target]     replaces the committed corpus by the least that covers as much
#   scripts/fuzz.sh repeat calldata FILE  one input again
#
# What is found is kept in target/fuzz: corpus/<target>, and crashes/<target>, which must stay empty. docs/fuzzing.md says
# what each target holds.
set -euo pipefail
. "$(dirname "$0")/env.sh"
TARGETS=(calldata attestation upgrade files)
OUT=$ROOT/target/fuzz
# No sanitizer: there is no unsafe code to look at, and without one stable Rust will do. Comparisons are not traced, which
# would halve the speed for what is nearly all interpreter. `--cfg fuzzing` would switch off cryptography in dependencies.
FLAGS=(--fuzz-dir . --target-dir "$OUT" --sanitizer none --no-trace-compares --no-cfg-fuzzing)

tool() {
  [[ $(cargo-fuzz --version 2>/dev/null) == *" $CARGO_FUZZ_VERSION" ]] && return
  say "cargo-fuzz $CARGO_FUZZ_VERSION: compiling, a minute"
  (cd "$ROOT/host" && CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_TARGET_DIR=$TOOLS/build \
    cargo install "cargo-fuzz@$CARGO_FUZZ_VERSION" --locked --root "$TOOLS" --quiet)
  rm -rf "$TOOLS/build"
}

fuzz() { (cd "$ROOT/host/fuzz" && nice cargo fuzz "$@"); }

# What every run begins with, and the selectors worth inserting.
seeds() {
  host_cargo build --quiet --workspace --locked --example fuzz_seeds
  "$ROOT/host/target/debug/examples/fuzz_seeds" "$OUT/seeds"
}

# A file of core is up to some kilobytes; eight calls with all their arguments seldom are half a one. How often the
# interpreter went through a place says nothing about the program it runs, so only what is new counts.
run() { # target, seconds
  local length=512
  [[ $1 == files ]] && length=4096
  mkdir -p "$OUT/corpus/$1" "$OUT/crashes/$1"
  fuzz run "${FLAGS[@]}" "$1" "$OUT/corpus/$1" "$ROOT/host/fuzz/corpus/$1" "$OUT/seeds/$1" -- \
    -dict="$OUT/seeds/selectors.dict" -artifact_prefix="$OUT/crashes/$1/" -max_len=$length -len_control=0 -use_counters=0 \
    -max_total_time="$2" -print_final_stats=1
}

# Which places were reached, not how often: a corpus of a few hundred files, replayed in seconds.
minimize() { # target
  local all=$OUT/minimize
  rm -rf "$all" && mkdir -p "$all" "$ROOT/host/fuzz/corpus/$1"
  find "$OUT/seeds/$1" "$OUT/corpus/$1" "$ROOT/host/fuzz/corpus/$1" -type f -exec cp -t "$all" {} + 2>/dev/null || true
  fuzz cmin "${FLAGS[@]}" "$1" "$all" -- -use_counters=0
  find "$ROOT/host/fuzz/corpus/$1" -type f ! -name 'found-*' -delete
  find "$all" -type f -exec cp -t "$ROOT/host/fuzz/corpus/$1" {} +
  say "$1: $(find "$ROOT/host/fuzz/corpus/$1" -type f | wc -l) inputs"
}

tool
case ${1:-all} in
  all)
    seeds
    for target in "${TARGETS[@]}"; do run "$target" 600; done
    ;;
  minimize)
    seeds
    for target in ${2:-"${TARGETS[@]}"}; do minimize "$target"; done
    ;;
  repeat) fuzz run "${FLAGS[@]}" "$2" "$(realpath "$3")" ;;
  *)
    [[ " ${TARGETS[*]} " == *" $1 "* ]] || die "unknown target '$1': one of ${TARGETS[*]}"
    seeds
    run "$1" "${2:-600}"
    ;;
esac
