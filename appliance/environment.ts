import { join } from 'node:path';
import { z } from 'zod';

const environment = z.object({
  EDGEGATEWAY_DIRECTORY: z.string().startsWith('/').default('/var/lib/edgegateway'),
  STATE_DIRECTORY: z.string().startsWith('/').default('/var/lib/ams'),
  RUNTIME_DIRECTORY: z.string().startsWith('/').default('/run/ams'),
  AMS_UI: z.string().startsWith('/').default('/usr/lib/edgegateway/ams-ui'),
  DBUS_SYSTEM_BUS_ADDRESS: z.string().min(1).default('unix:path=/run/dbus/system_bus_socket'),
});

/** Where the AMS finds and keeps its things; absolute paths. */
export interface AmsEnvironment {
  readonly settings: string;
  readonly deviceCertificate: string;
  readonly switchFlag: string;
  readonly password: string;
  readonly tls: { readonly key: string; readonly certificate: string };
  readonly console: string;
  readonly page: string;
  readonly busAddress: string;
}

/** @throws ZodError naming the variable that cannot be used */
export function readEnvironment(variables: NodeJS.ProcessEnv): AmsEnvironment {
  const parsed = environment.parse(variables);
  const shared = parsed.EDGEGATEWAY_DIRECTORY;
  const state = parsed.STATE_DIRECTORY;
  return {
    settings: join(shared, 'settings.json'),
    deviceCertificate: join(shared, 'device-certificate.pem'),
    switchFlag: join(shared, 'switch/remoteconnect-on'),
    password: join(state, 'password.json'),
    tls: { key: join(state, 'tls-key.pem'), certificate: join(state, 'tls-certificate.pem') },
    console: join(parsed.RUNTIME_DIRECTORY, 'console.json'),
    page: parsed.AMS_UI,
    busAddress: parsed.DBUS_SYSTEM_BUS_ADDRESS,
  };
}
