import type { CloudConfiguration } from '@edgegateway/cloud-stub/configuration';

/** What a relay (its host is the address itself) and a STUN server of the cloud read: both on one address, nothing else of the cloud runs. */
export function cloudConfigurationOf(
  dataDirectory: string,
  address: string,
  ports: { readonly relay?: number; readonly stun?: number },
): Pick<CloudConfiguration, 'dataDirectory' | 'idScope' | 'web' | 'relays' | 'stunServers'> {
  const region = 'c-us';
  return {
    dataDirectory,
    idScope: '0ne00000000',
    web: { host: 'cloud.remoteconnect.test', port: 443, address },
    relays: [{ name: 'relay0', region, host: address, port: ports.relay ?? 443, address }],
    stunServers: [{ name: 'stun0', region, host: 'stun0.remoteconnect.test', port: ports.stun ?? 3478, address }],
  };
}
