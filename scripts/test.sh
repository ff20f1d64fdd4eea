#!/usr/bin/env bash
# Everything that must hold, from nothing: formatting, lints, licences, spelling, unit and property tests, the contracts
# as wasm with their gate, the embedded chain, end-to-end tests on the real wasm, foreign clients, and the demo.
# Stops at the first failure. Ends with the number of tests and checks that passed.
set -uo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

logs=$ROOT/target/test-logs
# The program is built with its prover, which is off by default.
PROVE=escapement-cli/prove
mkdir -p "$logs"
passed=0 started=$SECONDS

# Runs one step: its name, then the command. Rust test binaries are counted test by test, anything else as one check.
step() {
  local name=$1 began=$SECONDS log tests failed
  shift
  log=$logs/$(tr -c 'a-z0-9\n' '-' <<<"${name,,}").log
  printf '\n=== %s\n' "$name"
  if ! "$@" 2>&1 | tee "$log"; then
    failed=$(sed -n 's/^test result: .*; \([0-9]*\) failed;.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    passed=$((passed + $(count_passed "$log")))
    ((failed)) || failed=1
    printf '\n=== %s failed after %s s\n%s passed, %s failed\n' "$name" $((SECONDS - began)) "$passed" "$failed"
    exit 1
  fi
  tests=$(count_passed "$log")
  ((tests)) || tests=1
  passed=$((passed + tests))
  printf -- '--- %s: %s s\n' "$name" $((SECONDS - began))
}

count_passed() { sed -n 's/^test result: .* \([0-9]*\) passed;.*/\1/p' "$1" | awk '{n += $1} END {print n + 0}'; }

formatting() {
  contract_cargo fmt --all --check && host_cargo fmt --all --check && host_cargo fmt --manifest-path fuzz/Cargo.toml --check
}
arrows() {
  node scripts/check-arrows.mjs --self-test &&
    contract_cargo metadata --no-deps --format-version 1 --locked >"$logs/contracts.json" &&
    host_cargo metadata --no-deps --format-version 1 --locked >"$logs/host.json" &&
    node scripts/check-arrows.mjs "$logs/contracts.json" "$logs/host.json"
}
tree() {
  scripts/check-tree.sh --self-test && scripts/check-tree.sh &&
    node scripts/check-properties.mjs --self-test && node scripts/check-properties.mjs
}
licences() {
  local manifest
  for manifest in "$ROOT/Cargo.toml" "$ROOT/host/Cargo.toml" "$ROOT/host/fuzz/Cargo.toml"; do
    cargo-deny --manifest-path "$manifest" --config "$ROOT/deny.toml" --locked check licenses bans sources || return
  done
}
spelling() { typos --config typos.toml; }
clippy_contracts() { contract_cargo clippy --workspace --all-targets --locked -- -D warnings; }
clippy_host() { host_cargo clippy --workspace --all-targets --features "$PROVE" --locked -- -D warnings; }
# All targets in one call: programs and tests then share one set of features, and nothing is compiled twice.
build_host() { host_cargo build --workspace --all-targets --features "$PROVE" --locked; }
# The test VM of the contracts gives up when a thread waits more than ten milliseconds for its storage, so its tests run
# one after the other.
test_contracts() {
  contract_cargo test --locked -p escapement-core && contract_cargo test --workspace --exclude escapement-core --locked -- --test-threads=1
}
test_host() { host_cargo test --workspace --features "$PROVE" --locked; }
# The other program, before the one that all further steps use is built in its place.
without_prover() { host_cargo test --workspace --locked --test keys without_the_prover | tee /dev/stderr | grep '1 passed' >/dev/null; }
# Both directions, then the gas of its Solidity verifier beside ours on the same proof.
snarkjs() {
  local made=$ROOT/target/snarkjs-solidity
  export INTEROP=$ROOT/host/target/debug/examples/interop
  node scripts/zk/snarkjs.mjs && node scripts/zk/snarkjs.mjs --solidity "$made" &&
    SNARKJS_VERIFIER=$made/Groth16Verifier.hex host_cargo test --workspace --features "$PROVE" --locked \
      --test onchain -- --ignored --nocapture the_verifier_of_snarkjs
}
demo() {
  local out=$logs/demo.json
  "$(host_program escapement)" demo --json >"$out" && node -e '
    const report = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    if (!report.proven) throw new Error("the demo ran without its epoch by proof");
    console.log("demo: one JSON document with", Object.keys(report).join(", "));' "$out"
}

# Known answers that independent implementations gave: viem for the digests, big integers of Python for the network.
vectors() { node scripts/vectors/eip712.mjs --check && python3 scripts/vectors/zk78.py --check; }

step "setup" scripts/setup.sh
step "formatting" formatting
step "dependency arrows" arrows
step "tree" tree
step "spelling" spelling
step "licences, bans, sources" licences
step "Solidity artifacts" node scripts/solc.mjs --check
step "genesis contracts" node host/vm/genesis/compile.mjs --check
step "known answers" vectors
step "clippy, contracts" clippy_contracts
step "tests of core and contracts" test_contracts
step "contract interfaces" scripts/check-abi.sh
step "contracts to wasm" scripts/build.sh
step "clippy, host" clippy_host
step "program without the prover" without_prover
step "host programs and tests, build" build_host
export PREBUILT=1
step "wasm gate" scripts/check-wasm.sh
step "tests of the host and end to end" test_host
step "snarkjs, both directions" snarkjs
step "cargo-stylus on the same bytes" scripts/check-stylus.sh
step "foreign clients: cast, cargo-stylus, viem" scripts/clients/run.sh
step "demo" demo

printf '\nall steps in %s min %s s\n%s passed, 0 failed\n' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)) "$passed"
