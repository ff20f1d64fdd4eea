#!/usr/bin/env bash
# Builds the contracts: the bytes that go on chain, in target/contracts.
#
#   scripts/build.sh              all contracts, and the fixtures of the upgrade tests
#   scripts/build.sh controller   one or several by name
#
# Per contract: <name>.wasm (optimised), <name>.wasm.br (compressed), <name>.code (hex of the deployed code, with its
# prefix), and a record in manifest.json: sizes, code hash, toolchain. What has not changed is not built again. Fixtures
# (minter-v2, minter-v3) get the same files, but no record: they are no contracts of ours to deploy.
set -euo pipefail
. "$(dirname "$0")/env.sh"

names=("$@")
# Fixtures first: a fixture has cargo forget the contract it is made of, and the contract must be built after that.
((${#names[@]})) || names=("${FIXTURES[@]}" "${CONTRACTS[@]}")
for name in "${names[@]}"; do
  [[ " ${CONTRACTS[*]} ${FIXTURES[*]} " == *" $name "* ]] ||
    die "no contract '$name'; there are: ${CONTRACTS[*]}, and for tests: ${FIXTURES[*]}"
done
[[ -x $NODE_DIR/node_modules/.bin/wasm-opt ]] || die "wasm-opt is missing: run scripts/setup.sh"

# The compressor of cargo-stylus, so that the code hash is the one it would put on chain.
packer=$TOOLS/bin/stylus-pack
if [[ ! -x $packer || -n $(find "$ROOT/host/pack" -newer "$packer" -type f) ]]; then
  host_cargo build --quiet --locked --workspace --bin stylus-pack
  mkdir -p "$TOOLS/bin"
  cp "$ROOT/host/target/debug/stylus-pack" "$packer.new" && mv "$packer.new" "$packer"
fi

release=$ROOT/target/wasm32-unknown-unknown/release
cargo_flags=(--lib --locked --release --target wasm32-unknown-unknown "${WASM_FLAGS[@]}")

# Whether the raw module of a fixture has to be built again: cargo cannot tell, see below.
stale() { # contract, raw module
  [[ ! -e $2 || -n $(find "$ROOT"/src/{core,kit,"$1"} "$ROOT"/{Cargo.toml,Cargo.lock,rust-toolchain.toml,.cargo} \
    "$ROOT"/scripts/{build,env}.sh -newer "$2" -type f -print -quit) ]]
}

# A contract with a feature. Cargo names a module after the crate alone, so that contract and fixture would overwrite each
# other and cargo would take the one for the other; the suffix keeps them apart. Cargo, which still looks for the
# contract's own file, must then be made to forget what it knows of the program.
build_fixture() { # contract, feature
  local program=escapement_$1_program
  stale "$1" "$release/deps/$program-$2.wasm" || return 0
  rm -rf "$release/.fingerprint/$program"-*
  contract_cargo rustc "${cargo_flags[@]}" -p "$program" --features "$2" -- -C "extra-filename=-$2"
}

# One cargo call per contract: together they would unify the features of their dependencies, and the bytes of one
# would depend on what is built beside it. What has the same features, std above all, is still compiled once.
for name in "${names[@]}"; do
  case $name in
    *-*) build_fixture "${name%-*}" "${name##*-}" ;;
    *) contract_cargo build "${cargo_flags[@]}" -p "escapement_${name}_program" ;;
  esac
done
ESCAPEMENT_CONTRACTS="${CONTRACTS[*]}" node "$ROOT/scripts/wasm.mjs" \
  "$release/deps" "$CONTRACTS_DIR" "$CONTRACT_TOOLCHAIN" "$packer" "${names[@]}"
