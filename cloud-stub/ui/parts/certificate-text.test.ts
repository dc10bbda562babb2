import { expect, it } from 'vitest';
import { CERTIFICATE } from '../browser-tests/sample-data.ts';
import { inspectCertificate } from './certificate-text.ts';

it('a certificate is one, whatever white space surrounds it and ends its lines', () => {
  expect(inspectCertificate(`\n  ${CERTIFICATE}\n\n`)).toBe('certificate');
  expect(inspectCertificate(CERTIFICATE.replaceAll('\n', '\r\n'))).toBe('certificate');
});

it.each(['PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'])(
  'a %s is recognised, even behind a certificate',
  (kind) => {
    expect(inspectCertificate(`${CERTIFICATE}\n-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----`)).toBe(
      'private-key',
    );
  },
);

it.each(['', 'hello', CERTIFICATE.slice(5), CERTIFICATE.replace('MII', '<b>'), `${CERTIFICATE}x`])(
  'something else is not a certificate: %j',
  (text) => {
    expect(inspectCertificate(text)).toBe('something-else');
  },
);
