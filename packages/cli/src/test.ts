import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, root } from '@virtstack/shell/places.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { closedTo, mounted } from './part.ts';

type Suite = {
  readonly name: string;
  readonly files: readonly string[];
  readonly full?: boolean;
  /** Each file in namespaces of its own. */ readonly world?: boolean;
  readonly prepare?: string;
  /** Told to what it runs, and to what prepares it. */
  readonly env?: Record<string, string>;
  /** The longest that a file, and a test in it, may take; else ten. */
  readonly minutes?: number;
  readonly command?: readonly string[];
};
type Counts = { passed: number; failed: number };

/** Runs the suites one after another and ends with `N passed, N failed`. */
export async function test(name: string | undefined, options: { full?: boolean; list?: boolean }): Promise<void> {
  const { suites, testPackages } = (await import(`${root}/test/suites.ts`)) as {
    suites: readonly Suite[];
    testPackages: readonly string[];
  };
  if (options.list) {
    for (const suite of suites) process.stdout.write(`${suite.name}${suite.full ? ' (only with --full)' : ''}\n`);
    return;
  }
  const chosen = name ? suites.filter((suite) => suite.name === name) : suites.filter((suite) => options.full || !suite.full);
  if (chosen.length === 0) throw new UserError(`there is no suite ${name}; ./virtstack test --list names them.`);
  await install(testPackages);
  if (closedTo(root)) return await testFromElsewhere();
  const progress = options.full ? resume() : undefined;
  const total: Counts = { passed: 0, failed: 0 };
  const failures: string[] = [];
  for (const suite of chosen) {
    const counts = progress?.done[suite.name] ?? (await runSuite(suite, options.full ?? false));
    total.passed += counts.passed;
    total.failed += counts.failed;
    if (counts.failed) failures.push(suite.name);
    else progress?.record(suite.name, counts);
  }
  if (!options.full && !name) leftToFull(suites);
  if (failures.length)
    process.stdout.write(`Failed: ${failures.join(', ')}. One of them alone: ./virtstack test ${failures[0]}\n`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  process.exitCode = total.failed ? 1 : 0;
}

/** What the product runs with, too: the first suites already speak to libvirtd, PostgreSQL and QEMU, on a machine that had none of them. */
async function install(testPackages: readonly string[]): Promise<void> {
  const { installPackages } = await import('@virtstack/shell/packages.ts');
  const { neededPackages } = await import('./local-hypervisor.ts');
  await installPackages([...testPackages, ...(await neededPackages())]);
}

/** The same command with the checkout where everybody can reach it: tests run PostgreSQL and others as users without rights. */
async function testFromElsewhere(): Promise<void> {
  const at = mkdtempSync('/var/tmp/virtstack-checkout-');
  chmodSync(at, 0o755);
  process.exitCode = await stream(mounted([`${root}/virtstack`, 'test', ...process.argv.slice(3)], at, 'rw'));
  rmdirSync(at);
}

function leftToFull(suites: readonly Suite[]): void {
  const left = suites.filter((suite) => suite.full).map((suite) => suite.name);
  if (left.length) process.stdout.write(`Left to ./virtstack test --full: ${left.join(', ')}\n`);
}

async function runSuite(suite: Suite, full: boolean): Promise<Counts> {
  const since = performance.now();
  process.stdout.write(`\n── ${suite.name}\n`);
  const counts = suite.command
    ? await runCommand(suite.command)
    : await runFiles(suite, { ...suite.env, ...(full && { VIRTSTACK_FULL: '1' }) });
  process.stdout.write(
    `── ${suite.name}: ${counts.passed} passed, ${counts.failed} failed in ${((performance.now() - since) / 1000).toFixed(0)} s\n`,
  );
  return counts;
}

/** A check that is one program: it counts as one test. */
async function runCommand(argv: readonly string[]): Promise<Counts> {
  const code = await stream(argv);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

type Environment = Record<string, string>;

async function runFiles(suite: Suite, env: Environment): Promise<Counts> {
  if (suite.prepare)
    await ((await import(`${root}/${suite.prepare}`)) as { prepare(env: Environment): Promise<void> }).prepare(env);
  if (!suite.world) return await runNode(suite, suite.files, env, (argv) => argv);
  const { worldCommand } = (await import(`${root}/test/world.ts`)) as {
    worldCommand(argv: readonly string[], options: object): string[];
  };
  const total: Counts = { passed: 0, failed: 0 };
  for (const file of suite.files.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()) {
    const counts = await runNode(suite, [file], env, (argv) => worldCommand(argv, { libvirtd: false }));
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  return total;
}

async function runNode(
  { minutes = 10 }: Suite,
  files: readonly string[],
  env: Environment,
  wrap: (argv: readonly string[]) => readonly string[],
): Promise<Counts> {
  const directory = mkdtempSync(join(tmpdir(), 'virtstack-test-'));
  try {
    const tap = join(directory, 'tap');
    const code = await stream(wrap(nodeTest(files, tap, minutes)), env);
    return counted(existsSync(tap) ? readFileSync(tap, 'utf8') : '', code);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const nodeTest = (files: readonly string[], tap: string, minutes: number): string[] => [
  ...[
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    `--test-timeout=${minutes * 60_000}`,
  ],
  ...[
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
    ...files,
  ],
];

/** The counts that node:test wrote; a run that broke before it could write them is a failure, and so is one in which nothing ran. */
function counted(tap: string, code: number): Counts {
  const number = (word: string): number => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  const failed = number('fail') + number('cancelled');
  const passed = number('pass');
  const skipped = number('skipped') + number('todo');
  if (skipped) process.stdout.write(`${skipped} skipped (each says why above)\n`);
  return { passed, failed: failed || (code === 0 && passed > 0 ? 0 : 1) };
}

function stream(argv: readonly string[], env: Environment = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env, FORCE_COLOR: '0' },
    });
    child.on('error', (error) => {
      process.stdout.write(`${argv[0]}: ${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** What an earlier `--full` of the same tree has already passed. */
function resume(): { done: Record<string, Counts>; record(name: string, counts: Counts): void } {
  const file = join(cacheDir, 'test-full.json');
  const tree = treeHash();
  const saved = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { tree: string; done: Record<string, Counts> })
    : undefined;
  const done = saved?.tree === tree ? saved.done : {};
  for (const name of Object.keys(done)) process.stdout.write(`${name}: passed in an earlier run of this tree\n`);
  return {
    done: { ...done },
    record(name, counts) {
      done[name] = counts;
      mkdirSync(cacheDir, { recursive: true });
      writeFileSync(file, JSON.stringify({ tree, done }));
    },
  };
}

function treeHash(): string {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const hash = createHash('sha256');
  // The full set writes its results here.
  const but = ['--', '.', ':!docs/hypervisors.md'];
  for (const argv of [
    ['rev-parse', 'HEAD'],
    ['diff', 'HEAD', ...but],
    ['status', '--porcelain', ...but],
  ])
    hash.update(execFileSync('git', argv, { cwd: root, maxBuffer: 1 << 28 }));
  return hash.digest('hex');
}
