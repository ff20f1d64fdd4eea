// viem against a development chain: node scripts/clients/viem.mjs http://127.0.0.1:8547
// Prints what it asks and gets; ends with an error at the first answer that is not as expected.
import assert from "node:assert/strict";
import {
  BaseError, ContractFunctionRevertedError, createPublicClient, createTestClient, createWalletClient,
  defineChain, encodeFunctionData, http, parseAbi, parseEther, webSocket,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";

const url = process.argv[2];
if (!url) {
  console.error("usage: viem.mjs RPC-URL");
  process.exit(2);
}
const say = (what, value) => console.log(`${what}: ${typeof value === "object" ? JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v)) : value}`);

const chain = defineChain({
  id: 412346,
  name: "Escapement devnet",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [url], webSocket: [url.replace("http", "ws")] } },
});
const account = mnemonicToAccount("test test test test test test test test test test test junk");
const transport = http();
const client = createPublicClient({ chain, transport, pollingInterval: 50 });
const wallet = createWalletClient({ account, chain, transport });
const abi = parseAbi([
  "error ProgramNotActivated()",
  "function stylusVersion() view returns (uint16)",
  "function codehashVersion(bytes32) view returns (uint16)",
]);
const arbWasm = "0x0000000000000000000000000000000000000071";
// Adds one to slot 0, logs the new value and returns it.
const counterInit = "0x601380600a5f395ff3fe5f54600101805f55805f5260205fa160205ff3";

say("chain id", await client.getChainId());
assert.equal(await client.getChainId(), chain.id);
const fees = await client.estimateFeesPerGas();
say("fees", fees);
assert.equal(fees.maxPriorityFeePerGas, 0n);

const to = "0x0000000000000000000000000000000000000abc";
const before = await client.getBalance({ address: to });
let hash = await wallet.sendTransaction({ to, value: parseEther("1") });
let receipt = await client.waitForTransactionReceipt({ hash });
say("transfer", { status: receipt.status, gasUsed: receipt.gasUsed, type: receipt.type });
assert.equal(receipt.status, "success");
assert.equal((await client.getBalance({ address: to })) - before, parseEther("1"));

hash = await wallet.deployContract({ abi: [], bytecode: counterInit });
receipt = await client.waitForTransactionReceipt({ hash });
const counter = receipt.contractAddress;
say("counter deployed", receipt.status);

// Subscriptions over WebSocket.
const socket = createPublicClient({ chain, transport: webSocket() });
const seen = { blocks: [], logs: [] };
const stops = [
  socket.watchBlocks({ onBlock: (block) => seen.blocks.push(block.number) }),
  socket.watchEvent({ address: counter, onLogs: (logs) => seen.logs.push(...logs) }),
];
await new Promise((done) => setTimeout(done, 300));
for (let turn = 0; turn < 3; turn += 1) {
  hash = await wallet.sendTransaction({ to: counter });
  receipt = await client.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
}
const deadline = Date.now() + 5000;
while ((seen.logs.length < 3 || seen.blocks.length < 3) && Date.now() < deadline) await new Promise((done) => setTimeout(done, 50));
stops.forEach((stop) => stop());
say("heard over WebSocket", { blocks: seen.blocks.length, logs: seen.logs.length });
assert.equal(seen.logs.length, 3);
assert.ok(seen.blocks.length >= 3);
const logs = await client.getLogs({ address: counter, fromBlock: 0n });
assert.equal(logs.length, 3);
assert.equal(await client.getStorageAt({ address: counter, slot: "0x0" }), `0x${"3".padStart(64, "0")}`);
const { data } = await client.call({ to: counter, stateOverride: [{ address: counter, stateDiff: [{ slot: `0x${"0".repeat(64)}`, value: `0x${"29".padStart(64, "0")}` }] }] });
say("call with a state override", data);
assert.equal(BigInt(data), 0x2an);

// The tree of calls of the last transaction, with its log.
const trace = await client.request({ method: "debug_traceTransaction", params: [hash, { tracer: "callTracer", tracerConfig: { withLog: true } }] });
say("callTracer", { type: trace.type, to: trace.to, gasUsed: trace.gasUsed, logs: trace.logs.length });
assert.equal(BigInt(trace.gasUsed), receipt.gasUsed);
assert.equal(trace.logs[0].address, counter.toLowerCase());

// A typed ArbOS error.
await assert.rejects(
  client.readContract({ abi, address: arbWasm, functionName: "codehashVersion", args: [`0x${"11".repeat(32)}`] }),
  (error) => {
    const reverted = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    say("codehashVersion of an unknown program", reverted?.data?.errorName);
    return reverted?.data?.errorName === "ProgramNotActivated";
  },
);
say("stylusVersion", await client.readContract({ abi, address: arbWasm, functionName: "stylusVersion" }));
say("estimate of an activation query", await client.estimateGas({ account, to: arbWasm, data: encodeFunctionData({ abi, functionName: "stylusVersion" }) }));

for (const mode of ["anvil", "hardhat"]) {
  const test = createTestClient({ chain, mode, transport });
  const id = await test.snapshot();
  const start = await client.getBlock();
  await test.increaseTime({ seconds: 3600 });
  await test.mine({ blocks: 2 });
  const later = await client.getBlock();
  assert.equal(later.number, start.number + 2n);
  assert.ok(later.timestamp >= start.timestamp + 3600n);
  await test.setBalance({ address: arbWasm, value: parseEther("2") });
  await test.impersonateAccount({ address: arbWasm });
  hash = await createWalletClient({ account: arbWasm, chain, transport }).sendTransaction({ to, value: 7n });
  receipt = await client.waitForTransactionReceipt({ hash });
  assert.equal(receipt.from, arbWasm);
  await test.stopImpersonatingAccount({ address: arbWasm });
  await test.setCode({ address: to, bytecode: "0x00" });
  await test.setStorageAt({ address: to, index: 1, value: `0x${"22".repeat(32)}` });
  await test.setNonce({ address: to, nonce: 9 });
  assert.equal(await client.getTransactionCount({ address: to }), 9);
  await test.setNextBlockTimestamp({ timestamp: later.timestamp + 1000n });
  await test.mine({ blocks: 1 });
  assert.equal((await client.getBlock()).timestamp, later.timestamp + 1000n);
  await test.revert({ id });
  assert.equal((await client.getBlock()).hash, start.hash);
  assert.equal(await client.getCode({ address: to }), undefined);
  say(`test client, mode ${mode}`, "snapshot, time, mining, balances, code, storage, impersonation, revert");
}
// Without automatic mining a transaction waits; pending sees it, latest does not.
const test = createTestClient({ chain, mode: "anvil", transport });
await test.setAutomine(false);
const waiting = await wallet.sendTransaction({ to: counter });
const tags = ["latest", "pending"];
const slots = await Promise.all(tags.map((blockTag) => client.getStorageAt({ address: counter, slot: "0x0", blockTag })));
const nonces = await Promise.all(tags.map((blockTag) => client.getTransactionCount({ address: account.address, blockTag })));
const pending = await client.getBlock({ blockTag: "pending" });
say("pending", { slots: slots.map(BigInt), nonces, transactions: pending.transactions.length });
assert.equal(BigInt(slots[1]), BigInt(slots[0]) + 1n);
assert.equal(nonces[1], nonces[0] + 1);
assert.deepEqual(pending.transactions, [waiting]);
await test.mine({ blocks: 1 });
assert.equal((await client.getTransactionReceipt({ hash: waiting })).status, "success");
await test.setAutomine(true);
console.log("viem: all as expected");
process.exit(0);
