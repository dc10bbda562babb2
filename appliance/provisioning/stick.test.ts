import { gatewaySettings } from '@edgegateway/protocol/gateway-files';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networkDropIn, parseCertificates, parseSettings, StickError } from './stick.ts';
import { AUTHORITY, DEVICE_CERTIFICATE } from './testing/certificates.ts';

function throwsOnlyStickErrors(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(StickError);
  }
}

describe('settings of a provisioning stick (G7)', () => {
  test('an empty object gives the shipped defaults', () => {
    expect(parseSettings('{}')).toEqual({
      dps: { host: 'global.azure-devices-provisioning.net', port: 443 },
      network: { lan: { address: '192.168.250.1/24' }, wan: { dhcp: true } },
    });
  });

  test('a misspelt member is refused by name', () => {
    expect(() => parseSettings('{"idscope":"0ne0000A1B2"}')).toThrow(/idscope/);
  });

  test.each([
    '192.168.250.0/24',
    '192.168.250.255/24',
    '192.168.250.1',
    '192.168.250.1/31',
    '127.0.0.1/8',
    '224.0.0.1/24',
    '0.1.2.3/8',
  ])('%s is no address for the plant side', (address) => {
    expect(() => parseSettings(JSON.stringify({ network: { lan: { address } } }))).toThrow(StickError);
  });

  test('a line break cannot smuggle another setting into the network file', () => {
    const address = '192.168.250.1/24\nGateway=192.168.250.254';
    expect(() => parseSettings(JSON.stringify({ network: { lan: { address } } }))).toThrow(StickError);
  });

  test('the drop-in replaces the address of the image', () => {
    const settings = parseSettings('{"network":{"lan":{"address":"10.0.0.1/16"}}}');
    expect(networkDropIn(settings)).toBe('[Network]\nAddress=\nAddress=10.0.0.1/16\n');
  });

  test('any text gives settings that hold the schema, or a StickError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), settingsLike()), (text) => {
        throwsOnlyStickErrors(() => expect(gatewaySettings.safeParse(parseSettings(text)).success).toBe(true));
      }),
    );
  });
});

describe('certification authority of a provisioning stick', () => {
  test('text around the certificates is left out', () => {
    expect(parseCertificates(`subject=CN=ours\n${AUTHORITY}\ntrailing`)).toBe(AUTHORITY);
  });

  test('a file without a certificate is refused', () => {
    expect(() => parseCertificates('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toThrow(
      /holds 0/,
    );
  });

  test("a device's certificate is not an authority", () => {
    expect(() => parseCertificates(DEVICE_CERTIFICATE)).toThrow(/not one of a certification authority/);
  });

  test('damaged certificates are refused and never crash', () => {
    fc.assert(
      fc.property(fc.nat(AUTHORITY.length - 1), fc.string({ maxLength: 8 }), (at, damage) => {
        throwsOnlyStickErrors(() => parseCertificates(AUTHORITY.slice(0, at) + damage + AUTHORITY.slice(at + 4)));
      }),
    );
  });
});

function settingsLike(): fc.Arbitrary<string> {
  return fc
    .record(
      {
        idScope: fc.oneof(fc.string(), fc.integer()),
        registrationId: fc.string(),
        dps: fc.record({ host: fc.oneof(fc.string(), fc.domain()), port: fc.integer() }, { requiredKeys: [] }),
        network: fc.record({ lan: fc.record({ address: fc.oneof(fc.string(), fc.ipV4()) }) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value));
}
