#!/usr/bin/env node
// Every test that tests/PROPERTIES.md names exists, and is a test; every incident and invariant has its row.
//
//   node scripts/check-properties.mjs              checks the file
//   node scripts/check-properties.mjs --self-test  shows on made-up rows that each fault is found
//
// In the last column of a table, and in the points of a list, a name in backticks is a test (`module::name`, several as
// `module::{a,b}`, all of a prefix as `name_*`, all of a module as `module::*` or `module`) or a file. The modules before
// a name must be on the way to a file that holds a test of this name.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const TEST = /#\[(?:\w+::)?test(?:\([^)]*\))?\]\s*(?:(?:#\[[^\]]*\]|\/\/[^\n]*)\s*)*(?:async\s+)?fn\s+(\w+)/g;
// Rows that must be there: the catalogues of ecosystem invariants, checklist and incidents.
const span = (prefix, last, pad = 0) => Array.from({ length: last }, (_, n) => prefix + String(n + 1).padStart(pad, '0'));
const WANTED = [...span('I', 20), ...span('T', 14), ...span('INC-', 17, 2), ...span('P', 12)];

// The tests of a tree, by name, with the files that hold them.
function testsOf(files) {
  const tests = new Map();
  for (const [file, text] of files) {
    for (const [, name] of text.matchAll(TEST)) tests.set(name, [...(tests.get(name) ?? []), file]);
  }
  return tests;
}

// `a::{b,c}::d` as `a::b::d` and `a::c::d`.
function expand(name) {
  const found = name.match(/^(.*?)\{([^{}]*)\}(.*)$/);
  return found ? found[2].split(',').flatMap((part) => expand(found[1] + part.trim() + found[3])) : [name];
}

// Whether the parts of a module path are all folders or files on the way to `file`.
function onTheWay(parts, file) {
  const steps = file.replace(/\.rs$/, '').split('/');
  return parts.every((part) => steps.includes(part));
}

// What is wrong with a name; nothing if it is found.
function fault(name, tests, files) {
  if (/[/.]/.test(name)) {
    const known = files.some((file) => file === name || file.endsWith(`/${name}`) || file.startsWith(`${name}/`));
    return known ? null : `there is no file ${name}`;
  }
  const parts = name.split('::').filter((part) => part !== '…');
  const last = parts.pop();
  const pattern = new RegExp(`^${last.replaceAll('*', '\\w*')}$`);
  const inModule = [...tests].some(([test, homes]) => pattern.test(test) && homes.some((file) => onTheWay(parts, file)));
  if (inModule) return null;
  const module = last === '*' ? parts : [...parts, last];
  const isModule = [...tests.values()].flat().some((file) => onTheWay(module, file));
  return !last.includes('*') && isModule ? null : `there is no test ${name}`;
}

function check(markdown, tests, files) {
  const faults = [];
  const ids = new Set();
  let checked = 0;
  let column = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    const cells = line.startsWith('|') ? line.split('|').slice(1, -1).map((cell) => cell.trim()) : null;
    if (cells && cells[0] === 'id') {
      column = /^checked/.test(cells.at(-1));
      continue;
    }
    for (const id of cells?.[0].split(/,\s*/) ?? []) ids.add(id);
    const text = cells ? (column ? cells.at(-1) : '') : /^(- |  )/.test(line) ? line : '';
    for (const [, quoted] of text.matchAll(/`([^`]+)`/g)) {
      // In a list only files are named for sure.
      if (/\s/.test(quoted) || (!cells && !/^[\w/]+\.rs$/.test(quoted))) continue;
      for (const name of expand(quoted)) {
        checked += 1;
        const words = fault(name.replace(/\(\)$/, ''), tests, files);
        if (words) faults.push(`line ${index + 1}: ${words}`);
      }
    }
  }
  for (const id of WANTED) if (!ids.has(id)) faults.push(`there is no row ${id}`);
  return { faults, checked };
}

function selfTest() {
  const tests = testsOf([['src/vault/tests/leaving.rs', '#[test]\n// why\n#[allow(x)]\nfn t12_all() {}\nfn helper() {}']]);
  const files = ['src/vault/tests/leaving.rs'];
  const rows = (cell) => `| id | p | checked by |\n|---|---|---|\n${WANTED.map((id) => `| ${id} | p | ${cell} |`).join('\n')}`;
  const found = (cell) => new Set(check(rows(cell), tests, files).faults.map((words) => words.replace(/^line \d+: /, ''))).size;
  const good = ['`tests::leaving::t12_all`', '`t12_*`', '`leaving`', '`leaving::*`', '`leaving.rs`', '`tests::{leaving::t12_all,leaving}`'];
  const bad = ['`helper`', '`t13_*`', '`leaving::t12_some`', '`arriving::t12_all`', '`arriving.rs`', '`arriving`'];
  const wrong = [...good.filter((cell) => found(cell) !== 0), ...bad.filter((cell) => found(cell) !== 1)];
  const missing = check('', tests, files).faults.length !== WANTED.length;
  if (wrong.length || missing) throw new Error(`properties: self-test fails on ${wrong.join(' ')} ${missing ? 'missing rows' : ''}`);
  console.log(`properties: self-test finds its ${bad.length + 1} cases`);
}

if (process.argv[2] === '--self-test') {
  selfTest();
} else {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  const files = listed.trim().split('\n');
  const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
  const rust = files.filter((file) => file.endsWith('.rs')).map((file) => [file, read(file)]);
  const { faults, checked } = check(read('tests/PROPERTIES.md'), testsOf(rust), files);
  if (faults.length) {
    console.error(faults.join('\n'));
    process.exit(1);
  }
  console.log(`properties: ${checked} names of tests and files, all there`);
}
