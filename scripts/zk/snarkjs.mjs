// Compares the prover with snarkjs, an implementation with another author and another language.
//
//   node scripts/zk/snarkjs.mjs              both directions on a small circuit, and our proof of the policy; under a minute
//   node scripts/zk/snarkjs.mjs --policy     both directions on the circuit of the policy (12-16-16-8) too; half an hour or more
//   node scripts/zk/snarkjs.mjs --solidity DIR
//                                            writes the Solidity verifier that snarkjs makes of a key (DIR/key.vk.json, or
//                                            that of the development key) to DIR/Groth16Verifier.sol, and its bytecode
//                                            beside it, to measure its gas: host/prover/tests/onchain/gas.rs
//
// snarkjs is under the GPL: it is run, never linked or copied, and what it writes stays out of the tree. Worker threads
// are off: they may hang where few processors are given.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(join(root, 'scripts', 'package.json'));
const option = process.argv.indexOf('--solidity');
const given = process.argv[option + 1];
const policy = process.argv.includes('--policy');
if (option >= 0 && !given) throw new Error('--solidity needs a folder');
const folder = option < 0 ? join(root, 'target', policy ? 'snarkjs-policy' : 'snarkjs') : resolve(given);
mkdirSync(folder, { recursive: true });
const at = (name) => join(folder, name);
const json = (name) => JSON.parse(readFileSync(at(name), 'utf8'));

let snarkjs;
try {
  snarkjs = require('snarkjs');
} catch {
  console.error('snarkjs is not installed: run npm ci in scripts/ (scripts/setup.sh does)');
  process.exit(1);
}

function interop(action, ...more) {
  const program = process.env.INTEROP;
  const [command, args] = program
    ? [program, [action, folder, ...more]]
    : ['cargo', ['run', '--quiet', '--locked', '-p', 'escapement-prover', '--example', 'interop', '--', action, folder, ...more]];
  execFileSync(command, args, { cwd: join(root, 'host'), stdio: 'inherit' });
}

function ensure(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
  console.log(`ok: ${what}`);
}

async function solidity() {
  if (!existsSync(at('key.vk.json'))) {
    interop('write');
    writeFileSync(at('key.vk.json'), readFileSync(at('dev.vk.json')));
  }
  const template = join(dirname(require.resolve('snarkjs')), '..', 'templates', 'verifier_groth16.sol.ejs');
  const ejs = createRequire(require.resolve('snarkjs'))('ejs');
  const content = ejs.render(readFileSync(template, 'utf8'), json('key.vk.json'));
  writeFileSync(at('Groth16Verifier.sol'), content);
  const output = JSON.parse(require('solc').compile(JSON.stringify({
    language: 'Solidity',
    sources: { 'Groth16Verifier.sol': { content } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
    },
  })));
  const made = output.contracts?.['Groth16Verifier.sol']?.Groth16Verifier;
  if (!made) throw new Error(output.errors?.map((error) => error.formattedMessage).join('\n'));
  writeFileSync(at('Groth16Verifier.hex'), made.evm.bytecode.object);
  console.log(`written: ${at('Groth16Verifier.sol')} (GPL-3.0: do not commit)`);
}

// Both directions on one of our circuits: snarkjs makes powers of tau, a key and a proof, and each side accepts the other's.
async function agree(curve, name, power, constraints) {
  const { powersOfTau, r1cs, zKey, wtns, groth16 } = snarkjs;
  const file = (what) => at(`${name}.${what}`);
  const beacon = '0102030405060708090a0b0c0d0e0f10';
  const info = await r1cs.info(file('r1cs'));
  ensure(info.nConstraints === constraints && info.nPubInputs === 5 && info.nOutputs === 0,
    `snarkjs reads ${name}.r1cs: ${info.nConstraints} constraints, ${info.nPubInputs} public inputs`);

  await powersOfTau.newAccumulator(curve, power, file('new.ptau'));
  await powersOfTau.contribute(file('new.ptau'), file('contributed.ptau'), 'first', 'one of our own, for a test');
  await powersOfTau.beacon(file('contributed.ptau'), file('beacon.ptau'), 'beacon', beacon, 10);
  await powersOfTau.preparePhase2(file('beacon.ptau'), file('ptau'));
  ensure(await powersOfTau.verify(file('ptau')), 'snarkjs accepts its powers of tau');

  await zKey.newZKey(file('r1cs'), file('ptau'), file('begun.zkey'));
  await zKey.contribute(file('begun.zkey'), file('contributed.zkey'), 'second', 'another, for a test');
  await zKey.beacon(file('contributed.zkey'), file('zkey'), 'beacon', beacon, 10);
  ensure(await zKey.verifyFromR1cs(file('r1cs'), file('ptau'), file('zkey')), 'snarkjs accepts its key of our constraints');
  const key = await zKey.exportVerificationKey(file('zkey'));
  writeFileSync(file('vk.json'), JSON.stringify(key));

  ensure(await wtns.check(file('r1cs'), file('wtns')), 'snarkjs finds our witness to satisfy our constraints');
  const made = await groth16.prove(file('zkey'), file('wtns'));
  writeFileSync(file('proof.json'), JSON.stringify(made.proof));
  writeFileSync(file('public.json'), JSON.stringify(made.publicSignals));

  interop('check', name);
  ensure(await groth16.verify(key, made.publicSignals, json(`${name}.ours.json`)), 'snarkjs accepts our proof made with its key');
}

async function compare() {
  const { r1cs, groth16, curves } = snarkjs;
  // One thread, kept for all calls that follow.
  const curve = await curves.getCurveFromName('bn128', { singleThread: true });
  globalThis.curve_bn128 = curve;
  interop('write');
  await agree(curve, 'tiny', 5, 11);
  if (policy) {
    await agree(curve, 'a1', 15, 20216);
  } else {
    const info = await r1cs.info(at('a1.r1cs'));
    ensure(info.nConstraints === 20216 && info.nPubInputs === 5, 'snarkjs reads the constraints of the policy');
  }

  const [key, proof, inputs] = ['dev.vk.json', 'dev.proof.json', 'dev.public.json'].map(json);
  ensure(await groth16.verify(key, inputs, proof), 'snarkjs accepts our proof of the policy with our exported key');
  const other = [...inputs.slice(0, 4), (BigInt(inputs[4]) + 1n).toString()];
  ensure(!(await groth16.verify(key, other, proof)), 'and refuses it for other outputs');
  await curve.terminate();
}

if (option < 0) {
  rmSync(folder, { recursive: true });
  mkdirSync(folder, { recursive: true });
  const began = Date.now();
  await compare();
  console.log(`snarkjs agrees, in ${((Date.now() - began) / 1000).toFixed(0)} s`);
} else {
  await solidity();
}
process.exit(0);
