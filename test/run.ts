/**
 * Runs the tests and prints, last, what failed and why, and one closing line over all of them: `N passed, N failed`.
 *
 *     node run.ts                 static checks and the kinds of test that CI runs
 *     node run.ts check           static checks and the unit tests: what a change passes before it is committed
 *     node run.ts fuzz            the unit and store tests, with values for their properties that nobody has tried
 *     node run.ts unit netns      these kinds only
 *     node run.ts netns roam      of one kind, the files with this in their names
 *
 * A skipped test counts as failed: nobody looks at what did not run.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execPath } from 'node:process';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { buildForTests } from './build-for-tests.ts';
import { CONTROL_GROUP, withControlGroup } from './control-group.ts';
import { type Command, isolated } from './isolated.ts';
import { runningFiles } from './running-files.ts';

const root = join(import.meta.dirname, '..');
const results = join(root, 'build/test-results');

const KINDS = ['unit', 'store', 'contract', 'netns', 'container', 'browser', 'qemu'] as const;
type Kind = (typeof KINDS)[number];

/** The kinds that `npm test` runs, and CI with it. docs/testing.md says why the others have scripts of their own. */
const GATE: readonly Kind[] = ['unit', 'store', 'contract', 'container'];

const STATIC_CHECKS: readonly { name: string; command: string; argv: readonly string[] }[] = [
  { name: 'lock file', command: 'npm', argv: ['ci', '--dry-run', '--offline', '--loglevel=error', '--no-fund'] },
  { name: 'format', command: 'biome', argv: ['ci', '--error-on-warnings', '.'] },
  { name: 'types', command: 'tsc', argv: ['-b'] },
  { name: 'lint', command: 'oxlint', argv: ['--type-aware', '--deny-warnings'] },
];

interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** What failed, and why: some lines for each. */
  readonly failures: readonly string[];
}

interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
}

const vitestReport = z.object({
  numPassedTests: z.int(),
  numTotalTests: z.int(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      /** Why the file as a whole failed; empty if it did not. */
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/** So much of a failure is repeated at the end; the whole of it stands above, where it happened. */
const LINES_OF_A_FAILURE = 12;

/** A kind whose tests say nothing for so long hangs: several times what the slowest file takes on a busy machine. */
const SILENCE_SECONDS = 480;

async function run(command: string, argv: readonly string[]): Promise<number> {
  const child = spawn(command, argv, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * Passes its output on as it comes, and ends it when it has fallen silent: Vitest itself waits for ever for a test that
 * never gives control back.
 */
async function runUntilSilent(
  { command, argv }: Command,
  environment: NodeJS.ProcessEnv,
): Promise<{ code: number; isSilent: boolean }> {
  const child = spawn(command, argv, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let isSilent = false;
  const silence = setTimeout(() => {
    isSilent = true;
    child.kill('SIGKILL');
  }, SILENCE_SECONDS * 1000);
  child.stdout.on('data', () => silence.refresh()).pipe(process.stdout, { end: false });
  child.stderr.on('data', () => silence.refresh()).pipe(process.stderr, { end: false });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, isSilent }));
    });
  } finally {
    clearTimeout(silence);
  }
}

async function timed(name: string, work: () => Promise<Counts>): Promise<Outcome> {
  const start = performance.now();
  console.log(`\n== ${name}`);
  const counts = await work();
  return { name, ...counts, seconds: (performance.now() - start) / 1000 };
}

async function staticCheck(check: (typeof STATIC_CHECKS)[number]): Promise<Counts> {
  const code = await run(check.command, check.argv);
  return code === 0
    ? { passed: 1, failed: 0, failures: [] }
    : { passed: 0, failed: 1, failures: [`${check.name}: ${check.command} found something; see above`] };
}

async function testsOf(kind: Kind, nameParts: readonly string[]): Promise<Counts> {
  await buildForTests(kind, console.log);
  const file = join(results, `${kind}.json`);
  const running = join(results, `${kind}.running`);
  for (const old of [file, running]) await rm(old, { force: true });
  const vitest = {
    command: execPath,
    argv: [
      ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', kind],
      ...['--reporter=default', '--reporter=json', `--reporter=${join(import.meta.dirname, 'running-files.ts')}`],
      `--outputFile.json=${file}`,
      ...nameParts,
    ],
  };
  // What whoever calls has set for his own Node is not for the tests.
  const { NODE_OPTIONS: _options, NODE_EXTRA_CA_CERTS: _certificates, NODE_ENV: _kind, ...environment } = process.env;
  const runTests = (group?: string): ReturnType<typeof runUntilSilent> =>
    runUntilSilent(isolated(vitest), { ...environment, RUNNING_TEST_FILES: running, [CONTROL_GROUP]: group });
  const { code, isSilent } = await (kind === 'container' ? withControlGroup(runTests) : runTests());
  const report = vitestReport.safeParse(await readFile(file, 'utf8').then(JSON.parse, () => undefined));
  if (!report.success) {
    const files = runningFiles(running).map((path) => relative(root, path));
    const how = isSilent ? `said nothing for ${SILENCE_SECONDS} s` : 'ended without a report';
    return { passed: 0, failed: 1, failures: [`${kind}: the tests ${how}. Running: ${files.join(', ') || 'none'}`] };
  }
  const { numPassedTests: passed, numTotalTests: total } = report.data;
  const failed = total - passed;
  const failures = failuresOf(kind, report.data);
  if (failed > 0 || (code === 0 && report.data.success && total > 0)) return { passed, failed, failures };
  // A file that cannot be loaded, or an error outside a test, fails the run without failing a test.
  return {
    passed,
    failed: 1,
    failures: [...failures, `${kind}: an error outside a test, or no test at all; see above`],
  };
}

function failuresOf(kind: Kind, { testResults }: z.infer<typeof vitestReport>): readonly string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const path = relative(root, name);
    const tests = assertionResults
      .filter(({ status }) => status !== 'passed')
      .map(({ fullName, status, failureMessages }) =>
        [`${kind}: ${path}: ${fullName}: ${status}`, ...firstLines(failureMessages?.join('\n') ?? '')].join('\n'),
      );
    return message === '' ? tests : [[`${kind}: ${path}`, ...firstLines(message)].join('\n'), ...tests];
  });
}

function firstLines(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('/node_modules/'))
    .slice(0, LINES_OF_A_FAILURE)
    .map((line) => `    ${line}`);
}

interface Wanted {
  readonly checks: typeof STATIC_CHECKS;
  readonly kinds: readonly Kind[];
  /** Of files; none: all of them. */
  readonly nameParts: readonly string[];
}

function wanted(argv: readonly string[]): Wanted {
  if (argv.length === 0) return { checks: STATIC_CHECKS, kinds: GATE, nameParts: [] };
  if (argv.length === 1 && argv[0] === 'check') return { checks: STATIC_CHECKS, kinds: ['unit'], nameParts: [] };
  if (argv.length === 1 && argv[0] === 'fuzz') {
    process.env['PROPERTY_SEED'] = String(randomInt(2 ** 31));
    return { checks: [], kinds: ['unit', 'store'], nameParts: [] };
  }
  const kinds = KINDS.filter((kind) => argv.includes(kind));
  const nameParts = argv.filter((word) => !KINDS.some((kind) => kind === word));
  if (nameParts.length > 0 && kinds.length !== 1) {
    throw new Error(`Unknown kind of test: ${nameParts.join(', ')}. Known: check, ${KINDS.join(', ')}.`);
  }
  return { checks: [], kinds, nameParts };
}

async function main(): Promise<void> {
  await mkdir(results, { recursive: true });
  const { checks, kinds, nameParts } = wanted(process.argv.slice(2));
  const outcomes: Outcome[] = [];
  for (const check of checks) outcomes.push(await timed(check.name, () => staticCheck(check)));
  for (const kind of kinds) outcomes.push(await timed(kind, () => testsOf(kind, nameParts)));

  for (const { failures } of outcomes) for (const failure of failures) console.log(`\n${failure}`);
  console.log('');
  for (const { name, passed, failed, seconds } of outcomes) {
    console.log(
      `${name.padEnd(10)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed  ${seconds.toFixed(0).padStart(4)} s`,
    );
  }
  const sum = (count: 'passed' | 'failed'): number => outcomes.reduce((total, outcome) => total + outcome[count], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
}

await main();
