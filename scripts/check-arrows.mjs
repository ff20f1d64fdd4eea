// Fails when a dependency between our crates points the wrong way (docs: README, "Map").
//
//   node scripts/check-arrows.mjs <metadata.json>...   output of `cargo metadata --no-deps`, one file per workspace
//   node scripts/check-arrows.mjs --self-test          shows on fabricated metadata that a wrong arrow is found
import { readFileSync } from 'node:fs';

const CONTRACTS = ['token', 'verifier', 'controller', 'lens', 'minter', 'vault', 'treasury', 'gauges'];

/** Which of our crates a crate may depend on, for building and for its own tests. */
const ALLOWED = {
  core: [],
  kit: ['core'],
  ...Object.fromEntries(CONTRACTS.map((name) => [name, ['core', 'kit']])),
  ...Object.fromEntries(CONTRACTS.map((name) => [`${name}_program`, [name]])),
  tests: ['core', 'kit', ...CONTRACTS],
  vm: [],
  chain: ['vm'],
  lab: ['core'],
  agent: ['core'],
  gate: ['vm'],
  pack: [],
  world: ['core', 'vm', 'chain', 'agent'],
  prover: ['core'],
  cli: ['core', 'vm', 'chain', 'lab', 'agent', 'world', 'prover'],
  e2e: ['core', 'vm', 'chain', 'lab', 'agent', 'world', 'cli'],
};

/** What the tests of a crate may use beyond that: proofs are tried on the contracts where the prover is, which nobody else builds. */
const FOR_TESTS = { prover: ['vm', 'chain', 'agent', 'world', 'e2e'] };


/** The only foreign crates a crate may need outside its tests, where that is restricted. */
const FOREIGN = { core: ['ruint'] };
/** Nothing of the contracts' stack may reach these: the chain runs contracts, it does not know them. */
const NO_STYLUS = ['core', 'vm', 'chain', 'lab', 'agent', 'gate', 'pack', 'prover', 'world', 'cli', 'e2e'];

function check(packages) {
  const faults = [];
  for (const { name, dependencies } of packages) {
    const crate = name.replace(/^escapement[-_]/, '');
    const allowed = ALLOWED[crate];
    if (!allowed) {
      faults.push(`${name}: not in the table of scripts/check-arrows.mjs; say there what it may depend on`);
      continue;
    }
    for (const dependency of dependencies) {
      const kind = dependency.kind ?? 'normal';
      if (dependency.name.startsWith('escapement-')) {
        const target = dependency.name.replace(/^escapement-/, '');
        const forTests = kind === 'dev' && FOR_TESTS[crate]?.includes(target);
        if (!allowed.includes(target) && !forTests) faults.push(`${name} -> ${dependency.name} (${kind}): the arrow points back`);
        continue;
      }
      if (kind === 'dev') continue;
      if (FOREIGN[crate] && !FOREIGN[crate].includes(dependency.name)) {
        faults.push(`${name} -> ${dependency.name} (${kind}): it may depend on ${FOREIGN[crate].join(', ')} only`);
      }
      if (NO_STYLUS.includes(crate) && /stylus|motsu/.test(dependency.name)) {
        faults.push(`${name} -> ${dependency.name} (${kind}): it must know nothing of the contracts' stack`);
      }
    }
  }
  return faults;
}

function selfTest() {
  const crate = (name, ...dependencies) => ({
    name: `escapement-${name}`,
    dependencies: dependencies.map((entry) => (typeof entry === 'string' ? { name: entry, kind: null } : entry)),
  });
  const cases = [
    ['a contract on core and kit', [crate('token', 'escapement-core', 'escapement-kit', 'stylus-sdk')], 0],
    ['core on ruint', [crate('core', 'ruint', { name: 'proptest', kind: 'dev' })], 0],
    ['core on a contract', [crate('core', 'ruint', 'escapement-token')], 1],
    ['core on a foreign crate', [crate('core', 'alloy-primitives')], 1],
    ['a contract on a contract', [crate('minter', 'escapement-token')], 1],
    ['a contract on a contract, in its tests', [crate('minter', { name: 'escapement-token', kind: 'dev' })], 1],
    ['a program on its contract', [{ ...crate('x', 'escapement-token'), name: 'escapement_token_program' }], 0],
    ['a program on another contract', [{ ...crate('x', 'escapement-minter'), name: 'escapement_token_program' }], 1],
    ['the chain on the law', [crate('chain', 'escapement-vm', 'escapement-core')], 1],
    ['the chain on the contracts\' stack', [crate('vm', 'stylus-sdk')], 1],
    ['the laboratory on the agent', [crate('lab', 'escapement-agent')], 1],
    ['a crate nobody placed', [crate('attic')], 1],
  ];
  const wrong = cases.filter(([, packages, faults]) => check(packages).length !== faults);
  for (const [what] of wrong) console.error(`self-test failed: ${what}`);
  if (wrong.length) process.exit(1);
  console.log(`arrows: self-test of ${cases.length} cases holds`);
}

const args = process.argv.slice(2);
if (args[0] === '--self-test') {
  selfTest();
} else {
  const packages = args.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).packages);
  if (!packages.length) throw new Error('no packages: give the metadata of both workspaces');
  const faults = check(packages);
  for (const fault of faults) console.error(fault);
  if (faults.length) process.exit(1);
  console.log(`arrows: ${packages.length} crates, none points back`);
}
