#!/usr/bin/env bash
# Installs what the build and the checks need, from nothing; a second run only verifies.
#
#   scripts/setup.sh build   what a build and the demo need: Rust toolchains, wasm-opt
#   scripts/setup.sh         everything, with the tools of the test run: cargo-stylus, cargo-deny, typos
#
# Rust toolchains go where rustup keeps them; all other tools into target/tools and scripts/node_modules.
# Needs rustup, a C compiler, Node.js 18 or later with npm, and Python 3 with pip (test run only). No root rights.
set -euo pipefail
. "$(dirname "$0")/env.sh"
scope=${1:-all}
[[ $scope == all || $scope == build ]] || die "unknown scope '$scope': use 'build', or nothing for everything"

need() { # command, what to install
  command -v "$1" >/dev/null || die "$1 is missing. Install $2 and run this again."
}
need rustup "rustup (Debian: apt-get install rustup)"
need cc "a C compiler (Debian: apt-get install build-essential)"
need node "Node.js 18 or later (Debian: apt-get install nodejs npm)"
need npm "npm (Debian: apt-get install npm)"
[[ $(node -p 'process.versions.node.split(".")[0]') -ge 18 ]] || die "Node.js $(node -v) is too old: 18 or later is needed"

# A toolchain counts as present when it runs and has what its rust-toolchain.toml asks for.
toolchain_ready() { # channel, component files relative to the sysroot...
  local sysroot channel=$1; shift
  sysroot=$(RUSTUP_AUTO_INSTALL=0 RUSTUP_TOOLCHAIN=$channel rustc --print sysroot 2>/dev/null) || return 1
  local file
  for file in "$@"; do [[ -e $sysroot/$file ]] || return 1; done
}
STD_SOURCE=lib/rustlib/src/rust/library/std/Cargo.toml

pinned_nightly=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")
mkdir -p "$TOOLS/bin"

host_toolchain() {
  toolchain_ready "$HOST_TOOLCHAIN" bin/cargo-clippy bin/rustfmt && { say "rust $HOST_TOOLCHAIN: present"; return; }
  say "rust $HOST_TOOLCHAIN: installing through rustup"
  rustup toolchain install "$HOST_TOOLCHAIN" --profile minimal -c clippy -c rustfmt --no-self-update \
    || die "rustup could not install $HOST_TOOLCHAIN, and no copy of it is on this machine"
}

contract_toolchain() {
  if toolchain_ready "$pinned_nightly" $STD_SOURCE bin/cargo-clippy bin/rustfmt; then
    rm -f "$TOOLS/fallback-toolchain"; say "rust $pinned_nightly: present"; return
  fi
  say "rust $pinned_nightly: installing through rustup"
  if timeout 600 rustup toolchain install "$pinned_nightly" --profile minimal -c rust-src -c clippy -c rustfmt \
      -t wasm32-unknown-unknown --no-self-update; then
    rm -f "$TOOLS/fallback-toolchain"; return
  fi
  say "rust $pinned_nightly: not reachable; building contracts with $HOST_TOOLCHAIN and its unstable flags instead."
  say "  The contracts behave the same, but sizes and code hashes differ from the committed ones."
  local helper=$ROOT/../shared/tools/install-wasm32-target
  if ! toolchain_ready "$HOST_TOOLCHAIN" $STD_SOURCE; then
    timeout 120 rustup component add rust-src --toolchain "$HOST_TOOLCHAIN" \
      || { [[ -x $helper ]] && RUSTUP_TOOLCHAIN=$HOST_TOOLCHAIN "$helper"; } \
      || die "the standard library's source (rust-src) for $HOST_TOOLCHAIN cannot be had on this machine"
  fi
  printf '%s\n' "$HOST_TOOLCHAIN" >"$TOOLS/fallback-toolchain"
}

# wasm-opt, cast, solc, OpenZeppelin's and Safe's contracts, snarkjs and viem, exactly as the committed lockfile says.
node_tools() {
  local stamp=$NODE_DIR/node_modules/.escapement-lock
  if cmp -s "$NODE_DIR/package-lock.json" "$stamp"; then say "node tools: present"; return; fi
  say "node tools: npm ci (wasm-opt, cast, solc, contracts of OpenZeppelin and Safe, snarkjs, viem)"
  (cd "$NODE_DIR" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp "$NODE_DIR/package-lock.json" "$stamp"
  [[ $(wasm-opt --version) == *"version 131"* ]] || die "wasm-opt is $(wasm-opt --version), 131 is needed"
}

# Both in one cargo call: they share many crates. Unoptimised, because they run for seconds and compile for minutes.
cargo_tools() {
  local wanted=()
  if [[ $(cargo-stylus stylus --version 2>/dev/null) == *"$CARGO_STYLUS_VERSION"* ]]; then
    say "cargo-stylus $CARGO_STYLUS_VERSION: present"
  else
    wanted+=("cargo-stylus@$CARGO_STYLUS_VERSION")
  fi
  if [[ $(cargo-deny --version 2>/dev/null) == *" $CARGO_DENY_VERSION" ]]; then
    say "cargo-deny $CARGO_DENY_VERSION: present"
  else
    wanted+=("cargo-deny@$CARGO_DENY_VERSION")
  fi
  ((${#wanted[@]})) || return 0
  say "${wanted[*]}: compiling, several minutes on two cores"
  (cd "$ROOT/host" && CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR=$TOOLS/build cargo install "${wanted[@]}" --locked --root "$TOOLS" --quiet)
  rm -rf "$TOOLS/build"
}

# A prebuilt binary published as a Python wheel, in a folder of its own.
typos_tool() {
  if [[ $(typos --version 2>/dev/null) == *" $TYPOS_VERSION" ]]; then say "typos $TYPOS_VERSION: present"; return; fi
  need python3 "Python 3 (Debian: apt-get install python3 python3-pip)"
  say "typos $TYPOS_VERSION: installing as a Python wheel"
  rm -rf "$TOOLS/python"
  python3 -m pip install --quiet --no-deps --only-binary :all: --disable-pip-version-check --root-user-action=ignore \
    --target "$TOOLS/python" "typos==$TYPOS_VERSION" \
    || die "pip could not install typos (Debian: apt-get install python3-pip)"
  ln -sf ../python/bin/typos "$TOOLS/bin/typos"
}

host_toolchain
contract_toolchain
node_tools
if [[ $scope == all ]]; then
  # The contracts' native tests link a provider that uses the system's TLS.
  { need pkg-config "pkg-config (Debian: apt-get install pkg-config)"; pkg-config --exists openssl; } \
    || die "the headers of OpenSSL are missing. Install them (Debian: apt-get install libssl-dev) and run this again."
  typos_tool
  cargo_tools
fi
say "setup: done"
