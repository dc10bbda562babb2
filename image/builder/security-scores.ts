/** Holds the units' sandboxes to limits, by the measure of systemd-analyze(1) `security`. */
import { join } from 'node:path';
import { ImageError } from '../errors.ts';
import type { Log } from '../progress.ts';
import { runCommand } from '../run-command.ts';

/** Highest exposure allowed, 0.0 (nothing) to 10.0 (everything). */
export const EXPOSURE_LIMITS = {
  'ams.service': 0.5,
  'edgegateway-console.service': 1,
  'edgegateway-firewall.service': 4,
  'edgegateway-firewall-watch.service': 1.6,
  'edgegateway-identity.service': 4,
  'edgegateway-provisioning.service': 4,
  'remoteconnect.service': 1.6,
} as const;

/** Takes the last line of its report: `→ Overall exposure level for ams.service: 0.2 SAFE`. */
export function exposureOf(report: string): number | undefined {
  const level = /Overall exposure level for \S+: (\d+\.\d)/.exec(report)?.[1];
  return level === undefined ? undefined : Number(level);
}

/**
 * Measures every unit of the limits with the tools tree's systemd, which is the image's version.
 * @param root a folder with the units in usr/lib/systemd/system
 * @throws ImageError security-score when a unit is above its limit or cannot be measured
 */
export async function checkSecurityScores(options: {
  root: string;
  toolsTree: string;
  log: Log;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { root, toolsTree, log, signal } = options;
  const libraries = join(toolsTree, 'usr/lib/x86_64-linux-gnu');
  const told: string[] = [];
  const above: string[] = [];
  for (const [unit, limit] of Object.entries(EXPOSURE_LIMITS)) {
    // The build host may have an older C library: the tree's own loader starts the tree's program.
    const report = await runCommand(
      join(libraries, 'ld-linux-x86-64.so.2'),
      [
        ...['--library-path', `${libraries}:${libraries}/systemd`, join(toolsTree, 'usr/bin/systemd-analyze')],
        ...['security', '--offline=yes', '--no-pager', `--root=${root}`, unit],
      ],
      { env: { SYSTEMD_COLORS: '0', LC_ALL: 'C.UTF-8' }, signal },
    );
    const exposure = exposureOf(report);
    told.push(`${unit} ${exposure?.toFixed(1) ?? 'unknown'}`);
    if (exposure === undefined || exposure > limit) {
      above.push(`${unit} has exposure ${exposure?.toFixed(1) ?? 'unknown'}, its limit is ${limit.toFixed(1)}.`);
    }
  }
  log(`exposure of the units: ${told.join(', ')}`);
  if (above.length > 0) throw new ImageError('security-score', above.join('\n'));
}
