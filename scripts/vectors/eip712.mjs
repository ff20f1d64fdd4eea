// Known answers for the wire forms and EIP-712 digests of updates and reports and for the context of a proof, by an
// implementation that shares nothing with src/core: viem.
// Writes src/core/vectors/eip712.txt; with --check compares it instead and fails on a difference.
// Run after `npm ci` in scripts:  node scripts/vectors/eip712.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { concat, encodeAbiParameters, encodePacked, hashDomain, hashStruct, hashTypedData, keccak256, toHex } from "viem";

const types = {
  EIP712Domain: [
    { name: "name", type: "string" },
    { name: "version", type: "string" },
    { name: "chainId", type: "uint256" },
    { name: "verifyingContract", type: "address" },
  ],
  Update: [
    { name: "modelId", type: "bytes32" },
    { name: "kpiSchema", type: "bytes32" },
    { name: "kpis", type: "int32[]" },
    { name: "signerEpoch", type: "uint64" },
    { name: "updateId", type: "uint64" },
    { name: "observedAt", type: "uint64" },
    { name: "validAfter", type: "uint64" },
    { name: "expiresAt", type: "uint64" },
    { name: "changes", type: "Change[]" },
  ],
  Change: [
    { name: "slot", type: "uint8" },
    { name: "expectedOld", type: "uint32" },
    { name: "newValue", type: "uint32" },
  ],
  KpiReport: [
    { name: "kpiSchema", type: "bytes32" },
    { name: "kpis", type: "int32[]" },
    { name: "signerEpoch", type: "uint64" },
    { name: "reportId", type: "uint64" },
    { name: "observedAt", type: "uint64" },
    { name: "expiresAt", type: "uint64" },
  ],
};

// The wire form, written from its description: everything packed big endian, counts in one byte.
function wire(u) {
  return concat([
    "0x01",
    u.modelId,
    u.kpiSchema,
    ...packed("uint64", [u.signerEpoch, u.updateId, u.observedAt, u.validAfter, u.expiresAt]),
    encodePacked(["uint8"], [u.kpis.length]),
    ...packed("int32", u.kpis),
    encodePacked(["uint8"], [u.changes.length]),
    ...u.changes.flatMap((c) => [
      encodePacked(["uint8", "uint32", "uint32"], [c.slot, c.expectedOld, c.newValue]),
    ]),
  ]);
}

const packed = (type, values) => values.map((v) => encodePacked([type], [v]));

// The report an update rests on, and its wire form.
function reportOf({ kpiSchema, kpis, signerEpoch, updateId, observedAt, expiresAt }) {
  return { kpiSchema, kpis, signerEpoch, reportId: updateId, observedAt, expiresAt };
}

function reportWire(r) {
  return concat([
    "0x01",
    r.kpiSchema,
    ...packed("uint64", [r.signerEpoch, r.reportId, r.observedAt, r.expiresAt]),
    encodePacked(["uint8"], [r.kpis.length]),
    ...packed("int32", r.kpis),
  ]);
}

const contextType =
  "ProofContext(uint256 chainId,address verifier,address controller,bytes32 modelId,bytes32 report,bytes32 update)";

// The context of a proof, as the public input: the upper 248 bits of the hash.
function context(values) {
  const words = ["bytes32", "uint256", "address", "address", "bytes32", "bytes32", "bytes32"];
  const hash = keccak256(encodeAbiParameters(words.map((type) => ({ type })), [keccak256(toHex(contextType)), ...values]));
  return toHex(BigInt(hash) >> 8n, { size: 32 });
}

const filled = (byte) => toHex(new Uint8Array(32).fill(byte));
const max64 = 2n ** 64n - 1n;
const cases = [
  {
    name: "heartbeat",
    chainId: 412346n,
    controller: "0x00000000000000000000000000000000000000c0",
    verifier: "0x00000000000000000000000000000000000000e1",
    update: {
      modelId: filled(0), kpiSchema: filled(0), kpis: [], signerEpoch: 0n, updateId: 0n, observedAt: 0n,
      validAfter: 0n, expiresAt: 0n, changes: [],
    },
  },
  {
    name: "weekly",
    chainId: 42161n,
    controller: "0x5fbdb2315678afecb367f032d93f642f64180aa3",
    verifier: "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512",
    update: {
      modelId: keccak256(toHex("model")), kpiSchema: keccak256(toHex("schema")),
      kpis: [655, 19661, 65536, -70000, 13107, 26214, 131072, 65536, -1, 7864, -32768, 2147483647, -2147483648, 0, 65536],
      signerEpoch: 3n, updateId: 17n, observedAt: 1_790_000_000n, validAfter: 1_790_000_060n,
      expiresAt: 1_790_086_400n,
      changes: [
        { slot: 0, expectedOld: 10_000, newValue: 10_500 },
        { slot: 7, expectedOld: 1_000, newValue: 750 },
        { slot: 50, expectedOld: 10_000, newValue: 4_294_967_295 },
      ],
    },
  },
  {
    name: "full",
    chainId: max64,
    controller: "0xffffffffffffffffffffffffffffffffffffffff",
    verifier: "0xfffffffffffffffffffffffffffffffffffffffe",
    update: {
      modelId: filled(0xff), kpiSchema: filled(0xa5),
      kpis: Array.from({ length: 48 }, (_, i) => ((i * 89_478_485) % 4_294_967_295) - 2_147_483_648),
      signerEpoch: max64, updateId: max64 - 1n, observedAt: max64 - 2n, validAfter: max64 - 3n, expiresAt: max64 - 4n,
      changes: Array.from({ length: 51 }, (_, i) => ({
        slot: i, expectedOld: (i * 84_215_045) % 4_294_967_296, newValue: 4_294_967_295 - i,
      })),
    },
  },
];

const hashType = (name, text) => `typehash ${name} ${keccak256(toHex(text))}`;
const fields = (name) => `${name}(${types[name].map((f) => `${f.type} ${f.name}`).join(",")})`;
const lines = [
  "# Written by scripts/vectors/eip712.mjs (viem); do not edit.",
  hashType("domain", fields("EIP712Domain")),
  hashType("update", fields("Update") + fields("Change")),
  hashType("change", fields("Change")),
  hashType("report", fields("KpiReport")),
  hashType("context", contextType),
  hashType("name", "Escapement"),
  hashType("version", "1"),
];
for (const { name, chainId, controller, verifier, update } of cases) {
  const domain = { name: "Escapement", version: "1", chainId, verifyingContract: controller };
  const digest = hashTypedData({ domain, types, primaryType: "Update", message: update });
  const report = reportOf(update);
  const reportDigest = hashTypedData({ domain, types, primaryType: "KpiReport", message: report });
  lines.push(
    `case ${name}`,
    `chain ${chainId}`,
    `controller ${controller}`,
    `ids ${[update.signerEpoch, update.updateId, update.observedAt, update.validAfter, update.expiresAt].join(" ")}`,
    `kpis ${update.kpis.join(" ")}`.trim(),
    `changes ${update.changes.map((c) => `${c.slot}:${c.expectedOld}:${c.newValue}`).join(" ")}`.trim(),
    `model ${update.modelId}`,
    `schema ${update.kpiSchema}`,
    `wire ${wire(update)}`,
    `domain ${hashDomain({ domain, types })}`,
    `struct ${hashStruct({ data: update, primaryType: "Update", types })}`,
    `digest ${digest}`,
    `report_wire ${reportWire(report)}`,
    `report_struct ${hashStruct({ data: report, primaryType: "KpiReport", types })}`,
    `report_digest ${reportDigest}`,
    `verifier ${verifier}`,
    `context ${context([chainId, verifier, controller, update.modelId, reportDigest, digest])}`,
  );
}
const text = lines.join("\n") + "\n";
const file = new URL("../../src/core/vectors/eip712.txt", import.meta.url);
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("eip712.txt differs from what viem computes");
    process.exit(1);
  }
  console.log("eip712.txt agrees with viem");
} else {
  writeFileSync(file, text);
}
