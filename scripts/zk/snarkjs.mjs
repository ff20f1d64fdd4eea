// Compares the prover with snarkjs, an implementation with another author and another language.
//
//   node scripts/zk/snarkjs.mjs              both directions on a small circuit, and our proof of the policy; under a minute
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
if (option >= 0 && !given) throw new Error('--solidity needs a folder');
const folder = option < 0 ? join(root, 'target', 'snarkjs') : resolve(given);
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

function interop(action) {
  const program = process.env.INTEROP;
  const [command, args] = program
    ? [program, [action, folder]]
    : ['cargo', ['run', '--quiet', '--locked', '-p', 'escapement-prover', '--example', 'interop', '--', action, folder]];
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

async function compare() {
  const { powersOfTau, r1cs, zKey, wtns, groth16, curves } = snarkjs;
  // One thread, kept for all calls that follow.
  const curve = await curves.getCurveFromName('bn128', { singleThread: true });
  globalThis.curve_bn128 = curve;
  interop('write');

  for (const [file, constraints] of [['tiny.r1cs', 11], ['a1.r1cs', 20216]]) {
    const info = await r1cs.info(at(file));
    ensure(info.nConstraints === constraints && info.nPubInputs === 5 && info.nOutputs === 0,
      `snarkjs reads ${file}: ${info.nConstraints} constraints, ${info.nPubInputs} public inputs`);
  }

  await powersOfTau.newAccumulator(curve, 5, at('new.ptau'));
  await powersOfTau.contribute(at('new.ptau'), at('contributed.ptau'), 'first', 'one of our own, for a test');
  await powersOfTau.beacon(at('contributed.ptau'), at('beacon.ptau'), 'beacon', '0102030405060708090a0b0c0d0e0f10', 10);
  await powersOfTau.preparePhase2(at('beacon.ptau'), at('final.ptau'));
  ensure(await powersOfTau.verify(at('final.ptau')), 'snarkjs accepts its powers of tau');

  await zKey.newZKey(at('tiny.r1cs'), at('final.ptau'), at('begun.zkey'));
  await zKey.contribute(at('begun.zkey'), at('contributed.zkey'), 'second', 'another, for a test');
  await zKey.beacon(at('contributed.zkey'), at('final.zkey'), 'beacon', '0102030405060708090a0b0c0d0e0f10', 10);
  ensure(await zKey.verifyFromR1cs(at('tiny.r1cs'), at('final.ptau'), at('final.zkey')), 'snarkjs accepts its key of our constraints');
  writeFileSync(at('final.vk.json'), JSON.stringify(await zKey.exportVerificationKey(at('final.zkey'))));

  ensure(await wtns.check(at('tiny.r1cs'), at('tiny.wtns')), 'snarkjs finds our witness to satisfy our constraints');
  const made = await groth16.prove(at('final.zkey'), at('tiny.wtns'));
  writeFileSync(at('theirs.proof.json'), JSON.stringify(made.proof));
  writeFileSync(at('theirs.public.json'), JSON.stringify(made.publicSignals));

  interop('check');
  const theirKey = json('final.vk.json');
  ensure(await groth16.verify(theirKey, made.publicSignals, json('ours.proof.json')), 'snarkjs accepts our proof made with its key');

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
