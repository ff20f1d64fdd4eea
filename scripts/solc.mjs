// Compiles the Solidity side with the pinned npm solc and writes one artifact per deployable contract.
//
//   node scripts/solc.mjs            writes host/e2e/solidity/artifacts
//   node scripts/solc.mjs --check    compiles and compares with what is committed
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sourceDir = join(root, 'host', 'e2e', 'solidity');
const artifactDir = join(sourceDir, 'artifacts');
const modules = join(root, 'scripts', 'node_modules');
const check = process.argv.includes('--check');

/** What OpenZeppelin contributes; all else that is deployable comes from our own sources. */
const FROM_OPENZEPPELIN = [
  'ERC1967Proxy', 'ITransparentUpgradeableProxy', 'ProxyAdmin', 'TimelockController', 'TransparentUpgradeableProxy',
];

const settings = {
  // Cancun is what Arbitrum has had longest; nothing here needs a later opcode.
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200 },
  // Without the metadata hash the bytecode depends on nothing but source, compiler and settings.
  metadata: { bytecodeHash: 'none', appendCBOR: false },
};

const sources = readdirSync(sourceDir, { recursive: true })
  .filter((file) => file.endsWith('.sol'))
  .sort()
  .map((file) => file.replaceAll('\\', '/'));
const input = {
  language: 'Solidity',
  sources: Object.fromEntries(sources.map((file) => [file, { content: readFileSync(join(sourceDir, file), 'utf8') }])),
  settings: { ...settings, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } } },
};
const output = JSON.parse(solc.compile(JSON.stringify(input), {
  import: (path) => {
    const file = join(modules, path);
    return existsSync(file) ? { contents: readFileSync(file, 'utf8') } : { error: `not found: ${path}` };
  },
}));

const problems = (output.errors ?? []).filter(({ type, message, sourceLocation }) => {
  if (type === 'Info') return false;
  if (type !== 'Warning') return true;
  // Warnings in OpenZeppelin's files are theirs, and a test wants the deprecated selfdestruct.
  return !sourceLocation?.file.startsWith('@') && !message.startsWith('"selfdestruct" has been deprecated');
});
if (problems.length) {
  for (const problem of problems) console.error(problem.formattedMessage);
  process.exit(1);
}

const artifacts = new Map();
for (const [file, contracts] of Object.entries(output.contracts)) {
  for (const [name, contract] of Object.entries(contracts)) {
    const wanted = file.startsWith('@') ? FROM_OPENZEPPELIN.includes(name) : contract.evm.bytecode.object !== '';
    if (!wanted) continue;
    if (artifacts.has(name)) throw new Error(`two contracts are called ${name}`);
    artifacts.set(name, `${JSON.stringify({
      contractName: name,
      sourceName: file,
      compiler: solc.version(),
      settings,
      abi: contract.abi,
      bytecode: `0x${contract.evm.bytecode.object}`,
      deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
    }, null, 2)}\n`);
  }
}

mkdirSync(artifactDir, { recursive: true });
const committed = readdirSync(artifactDir).filter((file) => file.endsWith('.json'));
const stale = committed.filter((file) => !artifacts.has(file.replace(/\.json$/, '')));
if (check) {
  const differing = [...artifacts].filter(([name, text]) => {
    const file = join(artifactDir, `${name}.json`);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  for (const [name] of differing) console.error(`artifact differs from its source: ${name}.json`);
  for (const file of stale) console.error(`artifact without a source: ${file}`);
  if (differing.length || stale.length) {
    console.error('run: node scripts/solc.mjs');
    process.exit(1);
  }
} else {
  for (const file of stale) rmSync(join(artifactDir, file));
  for (const [name, text] of artifacts) writeFileSync(join(artifactDir, `${name}.json`), text);
}
console.log(`${artifacts.size} Solidity artifacts ${check ? 'match their sources' : `written to ${relative(root, artifactDir)}`} (solc ${solc.version()})`);
