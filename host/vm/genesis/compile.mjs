// Compiles the contracts that exist from genesis with the pinned npm solc; the runtime code goes beside each source.
//
//   node host/vm/genesis/compile.mjs            writes *.hex
//   node host/vm/genesis/compile.mjs --check    compares with what is committed
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const solc = createRequire(join(here, '..', '..', '..', 'scripts', 'package.json'))('solc');
const check = process.argv.includes('--check');
let stale = false;
for (const name of ['StylusDeployer', 'CacheManager']) {
  const file = `${name}.sol`;
  const output = JSON.parse(solc.compile(JSON.stringify({
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(join(here, file), 'utf8') } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
    },
  })));
  for (const problem of output.errors ?? []) console.error(problem.formattedMessage);
  if (output.errors?.some(({ severity }) => severity === 'error')) process.exit(1);
  const text = `${output.contracts[file][name].evm.deployedBytecode.object}`;
  const target = join(here, `${name}.hex`);
  if (!check) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${name}.hex differs from what ${file} compiles to`);
    stale = true;
  }
}
process.exit(stale ? 1 : 0);
