/**
 * Loads a page again and again from the namespace it runs in, whatever certificate is shown, until it is there.
 *
 *     node first-page-program.ts URL
 *
 * Prints `ready`, then `loaded AT`, milliseconds since 1970, and ends.
 */
import { get } from 'node:https';

const INTERVAL = 250;
/** Milliseconds that one attempt may take: systemd holds the first connections until the server behind its socket runs. */
const PATIENCE = 15_000;
const OK = 200;

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('usage: first-page-program.ts URL');
const page = new URL(url);

function attempt(): void {
  const request = get(page, { rejectUnauthorized: false, agent: false, timeout: PATIENCE }, (answer) => {
    answer.resume();
    answer.once('end', () => {
      if (answer.statusCode !== OK) return;
      console.log(`loaded ${Date.now()}`);
      process.exit();
    });
  });
  request.once('timeout', () => request.destroy());
  request.once('error', () => undefined);
}

setInterval(attempt, INTERVAL);
console.log('ready');
