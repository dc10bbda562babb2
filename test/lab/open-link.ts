/**
 * Plays the technician: opens a session's link with the client in the namespace of the office, and stays until the
 * session ends or Ctrl-C leaves it.
 *
 *     npm run technician -- 'moneo-remoteconnect://open?...'
 */
import { spawn } from 'node:child_process';
import { bundleLabPrograms } from './bundled-programs.ts';
import { readSystemFile } from './system-file.ts';
import { clientCommand } from './technician.ts';

const [link, ...rest] = process.argv.slice(2);
if (link === undefined || rest.length > 0) {
  console.error("Usage: npm run technician -- 'LINK', with the link that the cloud shows after a start, in quotes.");
  process.exit(1);
}
try {
  const { leader, namespaces, cloud, clientInterface } = await readSystemFile();
  await bundleLabPrograms();
  const { command, argv, environment } = clientCommand({
    namespace: namespaces['office'] ?? '',
    link,
    caFile: cloud.ca,
    interfaceName: clientInterface,
  });
  const inside = ['--target', String(leader), '--pid', '--mount', '--net', '--ipc', '--uts'];
  const client = spawn('nsenter', [...inside, command, ...argv], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  // A terminal's Ctrl-C reaches the client too, which leaves the session; this program waits for it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => client.kill('SIGTERM'));
  client.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
