/** A private message bus in place of the system's (dbus-daemon(1)). */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SupervisedProcess } from './supervised-process.ts';

export interface SystemBus {
  /** For DBUS_SYSTEM_BUS_ADDRESS. */
  readonly address: string;
  close(): Promise<void>;
}

/** Everyone on it may do everything: the policies of the real bus are tested in the image. */
function configuration(socket: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_requested_reply="true"/>
  </policy>
</busconfig>
`;
}

export async function startSystemBus(directory: string, logDirectory: string): Promise<SystemBus> {
  const socket = join(directory, 'bus');
  const configurationFile = join(directory, 'bus.conf');
  await rm(socket, { force: true });
  await writeFile(configurationFile, configuration(socket));
  const daemon = await SupervisedProcess.start({
    name: 'system-bus',
    command: 'dbus-daemon',
    argv: [`--config-file=${configurationFile}`, '--nofork', '--nopidfile', '--print-address'],
    readyWhen: /^unix:/,
    logDirectory,
  });
  return { address: `unix:path=${socket}`, close: () => daemon.stop() };
}
