import { repository } from '../paths.ts';
import { runCommand } from '../run-command.ts';

/** What goes into the image. */
const SOURCES = ['ams-ui', 'appliance', 'image', 'package-lock.json', 'package.json', 'protocol', 'services', 'tunnel'];
/** Of a tree without history: 1 January 2026. */
export const WITHOUT_HISTORY = 1_767_225_600;

/**
 * When the sources of the image were last changed, in seconds since 1970: the time of every file in it, so that two builds of
 * one tree are alike. The gateway's clock is never earlier (systemd(1), clock-epoch).
 */
export async function sourceDate(): Promise<number> {
  const time = await runCommand('git', ['-C', repository, 'log', '-1', '--format=%ct', '--', ...SOURCES]).catch(
    () => '',
  );
  return Number(time) || WITHOUT_HISTORY;
}
