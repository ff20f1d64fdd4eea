# Sourced by every script here: where things are, which versions are pinned, how cargo is called.
# Nothing is installed outside the repository except Rust toolchains, which belong to rustup.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLS=$ROOT/target/tools
NODE_DIR=$ROOT/scripts
CONTRACTS_DIR=$ROOT/target/contracts
CONTRACTS=(token verifier controller lens minter)

CONTRACT_TOOLCHAIN=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")
HOST_TOOLCHAIN=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/host/rust-toolchain.toml")
CARGO_STYLUS_VERSION=0.10.10
CARGO_DENY_VERSION=0.20.2
TYPOS_VERSION=1.52.0

# Tools of the repository first, so that a stray wasm-opt of another version is never picked up.
PATH=$TOOLS/bin:$NODE_DIR/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
export PATH CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
# A toolchain chosen by the caller would override both rust-toolchain.toml files.
unset RUSTUP_TOOLCHAIN CARGO_TARGET_DIR RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

# The same flags `cargo stylus` adds for a pinned nightly: std is built from source, without the
# panic machinery, which halves the code.
WASM_FLAGS=(-Z build-std=std,panic_abort -Z build-std-features=panic_immediate_abort)
FALLBACK=0
# Written by setup.sh when the pinned nightly cannot be had: stable with its unstable flags unlocked.
if [[ -f $TOOLS/fallback-toolchain ]]; then
  FALLBACK=1
  CONTRACT_TOOLCHAIN=$(<"$TOOLS/fallback-toolchain")
  WASM_FLAGS=(-Z build-std=std,panic_abort
    --config 'target.wasm32-unknown-unknown.rustflags=["-Zunstable-options","-Cpanic=immediate-abort"]')
fi

# Cargo in the contracts' workspace.
contract_cargo() {
  if ((FALLBACK)); then
    (cd "$ROOT" && RUSTC_BOOTSTRAP=1 RUSTUP_TOOLCHAIN=$CONTRACT_TOOLCHAIN cargo "$@")
  else
    (cd "$ROOT" && cargo "$@")
  fi
}

# Cargo in the off-chain workspace.
host_cargo() { (cd "$ROOT/host" && cargo "$@"); }

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
