# Sourced by every script here: where things are, which versions are pinned, how cargo is called.
# Nothing is installed outside the repository except Rust toolchains, which belong to rustup.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLS=$ROOT/target/tools
NODE_DIR=$ROOT/scripts
CONTRACTS_DIR=$ROOT/target/contracts
CONTRACTS=(token verifier controller lens minter vault gauges treasury)
# A contract with one of its cargo features, <contract>-<feature>: what upgrade tests upgrade to. Never deployed, not in
# the manifest, not in the snapshot.
FIXTURES=(minter-v2 minter-v3)

CONTRACT_TOOLCHAIN=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")
HOST_TOOLCHAIN=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/host/rust-toolchain.toml")
CARGO_STYLUS_VERSION=0.10.10
CARGO_DENY_VERSION=0.20.2
TYPOS_VERSION=1.52.0
CARGO_MUTANTS_VERSION=27.1.0
CARGO_FUZZ_VERSION=0.13.2

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

# Path of a program of the host workspace. Built unless PREBUILT says that the whole workspace just was. Always with the
# features that the workspace unifies: of one package alone, they would differ and half of the dependencies compile twice.
host_program() { # program
  if [[ -z ${PREBUILT:-} || ! -x $ROOT/host/target/debug/$1 ]]; then
    local features=()
    # The program with its prover, which is off by default.
    if [[ $1 == escapement ]]; then features=(--features escapement-cli/prove); fi
    host_cargo build --quiet --locked --workspace --bin "$1" "${features[@]}" >&2 || return 1
  fi
  printf '%s\n' "$ROOT/host/target/debug/$1"
}

# A development chain on a free port, ended with the script. Sets RPC.
start_devnet() {
  local program log=$ROOT/target/devnet.log
  program=$(host_program escapement) || die "the host programs do not build"
  local port
  port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  RPC=http://127.0.0.1:$port
  "$program" devnet --port "$port" >"$log" 2>&1 &
  DEVNET_PID=$!
  trap 'kill "$DEVNET_PID" 2>/dev/null || true' EXIT
  local try
  for try in $(seq 100); do
    if cast chain-id --rpc-url "$RPC" >/dev/null 2>&1; then return; fi
    kill -0 "$DEVNET_PID" 2>/dev/null || { cat "$log" >&2; die "the development chain did not start"; }
    sleep 0.1
  done
  die "the development chain does not answer at $RPC"
}
