import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { readEnvironment } from './environment.ts';

describe('the environment of the service', () => {
  it('has the shipped paths as defaults', () => {
    expect(readEnvironment({})).toMatchObject({
      identity: {
        settings: '/var/lib/edgegateway/settings.json',
        deviceKey: '/var/lib/remoteconnect/device-key.pem',
      },
      switchFlag: '/var/lib/edgegateway/switch/remoteconnect-on',
      wireguard: 'kernel',
      tunnelInterface: 'rc0',
      plantInterface: 'lan0',
      notifySocket: null,
      watchdogMilliseconds: null,
    });
  });

  it('moves the shared and the own files', () => {
    const environment = readEnvironment({ EDGEGATEWAY_DIRECTORY: '/a', STATE_DIRECTORY: '/b' });
    expect(environment.identity.ca).toBe('/a/ca.pem');
    expect(environment.outbox).toBe('/b/outbox.sqlite');
  });

  it('takes the watchdog time of systemd, which counts microseconds', () => {
    expect(readEnvironment({ WATCHDOG_USEC: '30000000' }).watchdogMilliseconds).toBe(30_000);
  });

  it.each([
    { EDGEGATEWAY_WIREGUARD: 'openvpn' },
    { EDGEGATEWAY_TUNNEL_INTERFACE: 'rc0; reboot' },
    { EDGEGATEWAY_PLANT_INTERFACE: 'a-name-that-is-too-long' },
    { STATE_DIRECTORY: 'relative' },
  ])('is refused when it is not valid: %j', (variables) => {
    expect(() => readEnvironment(variables)).toThrow(ServiceError);
  });

  it('is read or refused by its own error, whatever it is', () => {
    const names = ['EDGEGATEWAY_DIRECTORY', 'STATE_DIRECTORY', 'EDGEGATEWAY_TUNNEL_INTERFACE', 'WATCHDOG_USEC'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (variables) => {
        try {
          expect(readEnvironment(variables).tunnelInterface).toMatch(/^[a-zA-Z][a-zA-Z0-9._-]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(ServiceError);
        }
      }),
    );
  });
});
