export type Log = (line: string) => void;

export function logToStandardOutput(line: string): void {
  process.stdout.write(`image: ${line}\n`);
}

/** Tells what begins, and how long it took. */
export async function timed<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  log(`${what} ...`);
  const result = await work();
  log(`${what}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
