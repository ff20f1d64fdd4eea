#!/usr/bin/env bash
# cast against a development chain: scripts/clients/cast.sh http://127.0.0.1:8547
# Prints each command and its answer; ends with an error at the first that is not as expected.
set -euo pipefail
. "$(dirname "$0")/../env.sh"
export ETH_RPC_URL=${1:?usage: cast.sh RPC-URL}
# First and second of the ten funded development accounts; the keys are public.
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
first=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
second=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
arb_wasm=0x0000000000000000000000000000000000000071

# Shows and runs a command.
run() {
  printf '$ %s\n' "$*" | sed "s|$key|\$KEY|"
  "$@" 2>&1
}
# As run; fails unless the answer matches the pattern given first.
expect() {
  local pattern=$1 answer
  shift
  answer=$(run "$@" || true)
  printf '%s\n' "$answer"
  grep -qE "$pattern" <<<"$answer" || die "expected /$pattern/"
}

# Adds one to slot 0, logs the new value and returns it.
counter_init=0x601380600a5f395ff3fe5f54600101805f55805f5260205fa160205ff3
# Reverts with its calldata.
reverter_init=0x600780600a5f395ff3fe365f5f37365ffd

expect '^412346$' cast chain-id
expect '^escapement/v' cast client
expect '^100000000$' cast gas-price
expect '^[0-9]+$' cast block-number
expect '1 \(success\)' cast send --private-key "$key" "$second" --value 1ether
expect '^21000$' cast estimate --from "$first" "$second" --value 1ether

receipt=$(cast send --json --private-key "$key" --create "$counter_init")
counter=$(node -p 'JSON.parse(process.argv[1]).contractAddress' "$receipt")
say "\$ cast send --create (a counter): $counter"
expect '^0x5f54600101' cast code "$counter"
expect '0{63}1$' cast call "$counter"
expect '1 \(success\)' cast send --private-key "$key" "$counter"
expect '1 \(success\)' cast send --private-key "$key" "$counter"
expect '0{63}2$' cast storage "$counter" 0
expect 'blockNumber' cast logs --from-block 0 --address "$counter" 0x0000000000000000000000000000000000000000000000000000000000000002
expect 'gas used: 2[0-9]{4}|gas used: 4[0-9]{4}' cast access-list --from "$first" "$counter"

receipt=$(cast send --json --private-key "$key" --create "$reverter_init")
reverter=$(node -p 'JSON.parse(process.argv[1]).contractAddress' "$receipt")
say "\$ cast send --create (reverts with its calldata): $reverter"
expect 'execution reverted: no more' cast call "$reverter" "$(cast calldata 'Error(string)' 'no more')"
expect 'execution reverted' cast send --private-key "$key" "$reverter"
receipt=$(cast send --json --private-key "$key" "$counter")
hash=$(node -p 'JSON.parse(process.argv[1]).transactionHash' "$receipt")
expect '"gasUsed":"0x.*"type":"CALL"' cast rpc debug_traceTransaction "$hash" '{"tracer":"callTracer"}'
expect 'supported are callTracer and stylusTracer' cast rpc debug_traceTransaction "$hash" '{"tracer":"prestateTracer"}'

expect 'nonce too low' cast send --private-key "$key" --nonce 0 "$second"
expect 'insufficient funds' cast send --private-key "$key" "$second" --value 1000000ether

snapshot=$(cast rpc evm_snapshot | tr -d '"')
say "\$ cast rpc evm_snapshot: $snapshot"
before=$(cast block latest --field timestamp)
run cast rpc evm_increaseTime 86400
run cast rpc evm_mine
after=$(cast block latest --field timestamp)
((after - before >= 86400)) || die "time did not move: $before, $after"
run cast rpc anvil_setBalance "$arb_wasm" 0xde0b6b3a7640000
run cast rpc anvil_impersonateAccount "$arb_wasm"
expect '1 \(success\)' cast send --unlocked --from "$arb_wasm" "$second" --value 1
expect '^true$' cast rpc evm_revert "$snapshot"
[[ $(cast block latest --field timestamp) == "$before" ]] || die "the revert did not restore the block"
expect '^0$' cast balance "$arb_wasm"

# ArbOS as the Stylus tools see it.
expect '^2$' cast call "$arb_wasm" 'stylusVersion()(uint16)'
expect '^10000' cast call "$arb_wasm" 'inkPrice()(uint32)'
expect 'ProgramNotActivated' cast call "$arb_wasm" 'codehashVersion(bytes32)(uint16)' "$(cast keccak 0x00)"
say "cast: all as expected"
