import { describe, expect, it } from 'vitest';
import { auditActionText } from './audit-actions.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { formatFor, localeFor } from './format.ts';
import { chooseLanguage } from './language.ts';
import { preconditionText, refusalText } from './refusals.ts';

type Texts = { readonly [key: string]: string | Texts };

function flatten(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]): [string, string][] =>
    typeof text === 'string' ? [[prefix + key, text]] : flatten(text, `${prefix}${key}.`),
  );
}

const values = (text: string) => (text.match(/{{\w+}}/g) ?? []).sort();

describe('German and English', () => {
  const english = new Map(flatten(en));
  const german = new Map(flatten(de));

  it('name the way of the packets, and its change', () => {
    expect([en.progress.direct, de.progress.direct]).toEqual(['Direct', 'Direkt']);
    expect([en.progress.relay, de.progress.relay]).toEqual(['Relay', 'Relay']);
    expect(auditActionText('path-changed', 'en')).toBe('Path changed');
    expect(auditActionText('path-changed', 'de')).toBe('Weg gewechselt');
  });

  it('have the same keys', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it.each([...english.keys()])('%s says something and names the same values in both', (key) => {
    const one = english.get(key) ?? '';
    const other = german.get(key) ?? '';
    expect(one).not.toBe('');
    expect(other).not.toBe('');
    expect(values(other)).toEqual(values(one));
  });

  it('address the reader formally in German', () => {
    for (const text of german.values()) expect(text).not.toMatch(/\b(du|dein\w*|dir|dich)\b/i);
  });
});

describe('chooseLanguage', () => {
  it('takes what the user chose before what the browser wishes', () => {
    expect(chooseLanguage('de', ['en-GB'])).toBe('de');
  });

  it('takes the first wish that is spoken here, and English where there is none', () => {
    expect(chooseLanguage(null, ['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(chooseLanguage('tlh', ['fr'])).toBe('en');
  });
});

describe('formats', () => {
  it('the region of the browser is kept where it speaks the language of the page', () => {
    expect(localeFor('en', ['de-DE', 'en-GB'])).toBe('en-GB');
    expect(localeFor('de', ['en-GB'])).toBe('de');
  });

  it('lengths are told in hours and minutes', () => {
    const { minutes } = formatFor('en');
    expect([15, 60, 90, 0].map(minutes)).toEqual(['15 minutes', '1 hour', '1 hour, 30 minutes', '0 minutes']);
  });

  it('sizes are told in the unit that fits', () => {
    const { bytes } = formatFor('en');
    expect([0, 999, 1000, 1_500_000].map(bytes)).toEqual(['0 bytes', '999 bytes', '1 kB', '1.5 MB']);
  });
});

const time = () => 'yesterday';

describe('what the cloud says', () => {
  it('a known refusal is told in German, an unknown one in the words of the cloud', () => {
    expect(refusalText('login-refused', 'No.', 'de')).toBe('Die E-Mail-Adresse oder das Passwort stimmt nicht.');
    expect(refusalText('login-refused', 'No.', 'en')).toBe('No.');
    expect(refusalText('constructor', 'No.', 'de')).toBe('No.');
  });

  it('K04: an address that is refused is named in German too', () => {
    const refused = 'In the way. (203.0.113.20 is the address of the relay relay0.c-us)';
    expect(refusalText('address-in-the-way', refused, 'de')).toMatch(/\(203\.0\.113\.20\)$/);
    const missing = {
      precondition: 'address-in-the-way',
      gateway: 'gw-1',
      at: null,
      address: '192.168.1.1',
      message: '',
    } as const;
    expect(preconditionText(missing, 'de', time)).toMatch(/gw-1 .*192\.168\.1\.1/);
  });

  it('C5: a missing precondition names its gateway in German too', () => {
    const missing = {
      precondition: 'remoteconnect-off',
      gateway: 'gw-1',
      at: 'AT',
      message: 'Off at gw-1 since AT.',
    } as const;
    expect(preconditionText(missing, 'de', time)).toContain('gw-1');
    expect(preconditionText(missing, 'de', time)).toContain('seit yesterday');
    expect(preconditionText(missing, 'en', time)).toBe('Off at gw-1 since yesterday.');
  });

  it('a word of the audit log that has no sentence is shown as it is', () => {
    expect(auditActionText('toString', 'en')).toBe('toString');
    expect(auditActionText('flow-refused', 'de')).toBe('Zugriff verweigert');
  });
});
