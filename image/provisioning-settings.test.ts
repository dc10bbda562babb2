import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImageError } from './errors.ts';
import { checkCertificates, checkSettings } from './provisioning-settings.ts';
import { AUTHORITY, EXPIRED_AUTHORITY } from './testing/certificates.ts';

const NOW = new Date('2026-06-01T00:00:00Z');

describe("an integrator's settings (G7)", () => {
  test('may leave out what the image ships', () => {
    expect(checkSettings('{"idScope":"0ne0000A1B2"}')).toMatchObject({
      idScope: '0ne0000A1B2',
      network: { lan: { address: '192.168.250.1/24' } },
    });
  });

  test('with a mistake are refused, naming the member and what to do', () => {
    expect(() => checkSettings('{"network":{"lan":{"address":"192.168.250.0/24"}}}')).toThrow(
      /network\.lan\.address[^]*Correct the named settings/,
    );
  });

  test('of any form give settings or the error of this part', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          checkSettings(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
    );
  });
});

describe('the certification authority of a stick', () => {
  test('is taken without the text around it', () => {
    expect(checkCertificates(`for the plant\n${AUTHORITY}`, NOW)).toBe(AUTHORITY);
  });

  test('that has expired is refused', () => {
    expect(() => checkCertificates(EXPIRED_AUTHORITY, NOW)).toThrow(/Certificate 1 expired on 2020-/);
  });

  test('is never a private key', () => {
    expect(() => checkCertificates('-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n', NOW)).toThrow(
      /no PEM certificate/,
    );
  });
});
