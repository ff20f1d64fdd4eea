#!/usr/bin/env bash
# Builds the contracts: the bytes that go on chain, in target/contracts.
#
#   scripts/build.sh              all contracts
#   scripts/build.sh controller   one or several by name
#
# Per contract: <name>.wasm (optimised), <name>.wasm.br (compressed), <name>.code (hex of the deployed code, with its
# prefix), and a record in manifest.json: sizes, code hash, toolchain. What has not changed is not built again.
set -euo pipefail
. "$(dirname "$0")/env.sh"

names=("$@")
((${#names[@]})) || names=("${CONTRACTS[@]}")
for name in "${names[@]}"; do
  [[ " ${CONTRACTS[*]} " == *" $name "* ]] || die "no contract '$name'; there are: ${CONTRACTS[*]}"
done
[[ -x $NODE_DIR/node_modules/.bin/wasm-opt ]] || die "wasm-opt is missing: run scripts/setup.sh"

# The compressor of cargo-stylus, so that the code hash is the one it would put on chain.
packer=$TOOLS/bin/stylus-pack
if [[ ! -x $packer || -n $(find "$ROOT/host/pack" -newer "$packer" -type f) ]]; then
  host_cargo build --quiet --locked -p escapement-pack
  mkdir -p "$TOOLS/bin"
  cp "$ROOT/host/target/debug/stylus-pack" "$packer.new" && mv "$packer.new" "$packer"
fi

# One cargo call per contract: together they would unify the features of their dependencies, and the bytes of one
# would depend on what is built beside it. What has the same features, std above all, is still compiled once.
for name in "${names[@]}"; do
  contract_cargo build --lib --locked --release --target wasm32-unknown-unknown "${WASM_FLAGS[@]}" -p "escapement_${name}_program"
done
ESCAPEMENT_CONTRACTS="${CONTRACTS[*]}" node "$ROOT/scripts/wasm.mjs" \
  "$ROOT/target/wasm32-unknown-unknown/release/deps" "$CONTRACTS_DIR" "$CONTRACT_TOOLCHAIN" \
  "$packer" "${names[@]}"
