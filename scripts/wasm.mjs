// Turns cargo's raw wasm into the bytes that go on chain, as cargo-stylus does it: wasm-opt with the flags of the
// contract's Stylus.toml, all custom sections out, a `project_hash` section in, brotli at quality 11 behind the
// prefix EFF00000, by the encoder that cargo-stylus has. The project hash is zero, as for `cargo stylus deploy --wasm-file`: cargo-stylus' own hash covers
// absolute paths, and with it no two checkouts would agree on a code hash. scripts/check-stylus.sh compares the
// result with cargo-stylus itself.
//
//   node scripts/wasm.mjs <raw wasm folder> <output folder> <toolchain> <stylus-pack binary> <contract>...
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keccak256 } from 'viem';

const here = dirname(fileURLToPath(import.meta.url));

const PREFIX = Buffer.from('eff00000', 'hex');
const MAX_CODE = 24_576;
const PROJECT_HASH = 'project_hash';

function leb128(value) {
  const bytes = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return Buffer.from(bytes);
}

function readLeb128(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (!(byte & 0x80)) return [value, at];
  }
}

/** Drops every custom section (names, producers, target features) and appends the project hash. */
function seal(wasm) {
  const parts = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at];
    const [size, start] = readLeb128(wasm, at + 1);
    if (id !== 0) parts.push(Buffer.from([id]), leb128(size), wasm.subarray(start, start + size));
    at = start + size;
  }
  const name = Buffer.from(PROJECT_HASH);
  const body = Buffer.concat([leb128(name.length), name, Buffer.alloc(32)]);
  return Buffer.concat([...parts, Buffer.from([0]), leb128(body.length), body]);
}

/** The `[wasm-opt]` table of a contract's Stylus.toml: a version string and an array of flags. */
function recipe(contract) {
  const text = readFileSync(join(here, '..', 'src', contract, 'program', 'Stylus.toml'), 'utf8');
  const table = text.split(/^\[wasm-opt\]\s*$/m)[1]?.split(/^\[/m)[0];
  const version = table?.match(/^version\s*=\s*"(\d+)"/m)?.[1];
  const flags = table?.match(/^flags\s*=\s*\[([^\]]*)\]/m)?.[1].match(/"([^"]*)"/g)?.map((f) => f.slice(1, -1));
  if (!version || !flags) throw new Error(`src/${contract}/program/Stylus.toml: no [wasm-opt] version and flags`);
  return { version, flags };
}

/** Runs a tool that reads one file and writes another. */
function throughFiles(bytes, tool, args) {
  const dir = mkdtempSync(join(tmpdir(), 'escapement-'));
  try {
    const [input, output] = [join(dir, 'in'), join(dir, 'out')];
    writeFileSync(input, bytes);
    execFileSync(tool, args(input, output), { stdio: ['ignore', 'inherit', 'inherit'] });
    return readFileSync(output);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function wasmOpt(raw, { version, flags }) {
  const tool = join(here, 'node_modules', '.bin', 'wasm-opt');
  const found = execFileSync(tool, ['--version'], { encoding: 'utf8' });
  if (!found.includes(`version ${version}`)) throw new Error(`wasm-opt ${version} is pinned, found: ${found.trim()}`);
  return throughFiles(raw, tool, (input, output) => [...flags, input, '-o', output]);
}

const pack = (packer, wasm) => throughFiles(wasm, packer, (input, output) => [input, output]);

/** Written whole or not at all: several builds may run at once. */
function write(file, data) {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, data);
  renameSync(partial, file);
}

const [rawDir, outDir, toolchain, packer, ...contracts] = process.argv.slice(2);
mkdirSync(outDir, { recursive: true });
const script = readFileSync(fileURLToPath(import.meta.url));

for (const name of contracts) {
  // A fixture is a contract with a feature: <contract>-<feature>.
  const [contract, feature] = name.split('-');
  const raw = readFileSync(join(rawDir, `escapement_${contract}_program${feature ? `-${feature}` : ''}.wasm`));
  const rules = recipe(contract);
  const source = createHash('sha256').update(raw).update(JSON.stringify(rules)).update(script).digest('hex');
  const record = join(outDir, `${name}.json`);
  const complete = ['wasm', 'wasm.br', 'code'].every((ending) => existsSync(join(outDir, `${name}.${ending}`)));
  if (complete && existsSync(record) && JSON.parse(readFileSync(record)).source === source) continue;

  const wasm = seal(wasmOpt(raw, rules));
  const compressed = pack(packer, wasm);
  const code = Buffer.concat([PREFIX, compressed]);
  write(join(outDir, `${name}.wasm`), wasm);
  write(join(outDir, `${name}.wasm.br`), compressed);
  write(join(outDir, `${name}.code`), `0x${code.toString('hex')}\n`);
  write(record, JSON.stringify({
    name, source, toolchain,
    rawBytes: raw.length, wasmBytes: wasm.length, compressedBytes: compressed.length, codeBytes: code.length,
    oneFragment: code.length <= MAX_CODE, codeHash: keccak256(code), wasmSha256: createHash('sha256').update(wasm).digest('hex'),
  }, null, 2));
}

// The manifest is put together from the records, so that building one contract keeps the others. Fixtures stay out of it.
const manifest = { toolchain, contracts: {} };
for (const name of process.env.ESCAPEMENT_CONTRACTS.split(' ')) {
  const record = join(outDir, `${name}.json`);
  if (!existsSync(record)) continue;
  const { source, ...rest } = JSON.parse(readFileSync(record));
  manifest.contracts[name] = rest;
  if (!contracts.includes(name)) continue;
  const over = rest.oneFragment ? '' : `  does not fit one fragment: ${rest.codeBytes - MAX_CODE} bytes over`;
  console.log(`${name.padEnd(12)}${String(rest.wasmBytes).padStart(8)} wasm ${String(rest.compressedBytes).padStart(7)} compressed  ${rest.codeHash}${over}`);
}
write(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
