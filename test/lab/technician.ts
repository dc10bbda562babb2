/** The technician: the client in its Linux form, in the namespace of the office. */
import { execPath } from 'node:process';
import { BUNDLED } from './bundled-programs.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { LAB_HOSTS } from './network.ts';
import { type ProcessOptions, SupervisedProcess } from './supervised-process.ts';

export interface TechnicianOptions {
  readonly namespace: string;
  /** The `moneo-remoteconnect:` link of the started session. */
  readonly link: string;
  readonly caFile: string;
  readonly logDirectory: string;
  /** The tunnel's interface; wireguard-go's control sockets are shared by all namespaces, so names must differ. */
  readonly interfaceName: string;
}

export function clientCommand(
  options: Omit<TechnicianOptions, 'logDirectory'>,
): Pick<ProcessOptions, 'command' | 'argv' | 'environment'> {
  return {
    command: 'ip',
    environment: { NODE_COMPILE_CACHE: COMPILE_CACHE },
    argv: [
      ...['netns', 'exec', options.namespace, execPath, BUNDLED.technician, 'open', options.link],
      ...['--ca', options.caFile, '--cloud', LAB_HOSTS.web, '--interface', options.interfaceName],
    ],
  };
}

/** Opens the link; fulfilled once the client says that it is connected. */
export async function startTechnician(options: TechnicianOptions): Promise<SupervisedProcess> {
  return SupervisedProcess.start({
    ...clientCommand(options),
    name: 'technician',
    readyWhen: /^connected to /,
    logDirectory: options.logDirectory,
  });
}
