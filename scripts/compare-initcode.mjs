// Compares the init code that cargo-stylus made with our module: equal to the byte, but for the project hash at its end.
//
//   node scripts/compare-initcode.mjs <init code, hex> <our .wasm>
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

const PRELUDE = 43;
const PREFIX = 4;
const HASH = 32;

const [initcodeFile, wasmFile] = process.argv.slice(2);
const initcode = Buffer.from(readFileSync(initcodeFile, 'utf8').trim().replace(/^0x/, ''), 'hex');
const theirs = brotliDecompressSync(initcode.subarray(PRELUDE + PREFIX));
const ours = readFileSync(wasmFile);
const body = (wasm) => wasm.subarray(0, wasm.length - HASH);
if (initcode.subarray(PRELUDE, PRELUDE + PREFIX).toString('hex') !== 'eff00000' || !body(theirs).equals(body(ours))) {
  console.error(`${wasmFile}: ${ours.length} bytes, cargo-stylus builds ${theirs.length} others; is target/contracts up to date?`);
  process.exit(1);
}
