import i18next, { type TFunction } from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { de } from './language/de.ts';
import { en } from './language/en.ts';
import { formatFor } from './language/format.ts';
import { chooseLanguage } from './language/language.ts';
import { checkNewPassword } from './parts/new-password.ts';
import { onboardingWords } from './views/onboarding-words.ts';
import { switchWords } from './views/switch-words.ts';

const keysOf = (tree: unknown, path = ''): string[] =>
  Object.entries(Object(tree)).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${path}${key}`] : keysOf(value, `${path}${key}.`),
  );

const format = formatFor('en-GB', () => new Date(2026, 0, 1, 12));
let t: TFunction;
beforeAll(async () => {
  t = await i18next.createInstance().init({ lng: 'en', resources: { en: { translation: en } } });
});

test('both languages have the same sentences', () => {
  expect(keysOf(de)).toEqual(keysOf(en));
});

test('the way of the packets is named in both languages', () => {
  expect([en.connections.direct, de.connections.direct]).toEqual(['direct', 'direkt']);
  expect([en.connections.relay, de.connections.relay]).toEqual(['over a relay', 'über ein Relay']);
});

test('the browser decides on the language until the user has chosen', () => {
  expect(chooseLanguage(null, ['fr', 'de-AT'])).toBe('de');
  expect(chooseLanguage('en', ['de'])).toBe('en');
  expect(chooseLanguage(null, ['fr'])).toBe('en');
});

test('a new password is long enough and typed twice alike', () => {
  expect(checkNewPassword('short', 'short')).toBe('too-short');
  expect(checkNewPassword('four calm green cups', 'other')).toBe('different');
  expect(checkNewPassword('four calm green cups', 'four calm green cups')).toBeNull();
});

test('K53: a disabled gateway and an answer that was not understood are named, anything else is left to the service', () => {
  expect(onboardingWords('onboarding-disabled', t)).toContain('has been disabled in the cloud');
  expect(onboardingWords('onboarding-not-understood', t)).toContain('provisioning answer was not understood');
  expect([onboardingWords('hub-unreachable', t), onboardingWords('', t)]).toEqual([null, null]);
});

describe('the switch in words (G2, G3, G4)', () => {
  test('names the time of day at which it goes off', () => {
    const until = new Date(2026, 0, 1, 14, 30).toISOString();
    expect(switchWords({ state: 'on', until }, t, format).state).toBe('On until 14:30');
  });
  test.each(['switching-on', 'switching-off', 'unknown'] as const)('%s can be switched off', (state) => {
    expect(switchWords({ state }, t, format).canSwitchOff).toBe(true);
  });
  test('a result of systemd without a sentence is still named', () => {
    expect(switchWords({ state: 'failed', problem: 'protocol' }, t, format).state).toContain('protocol');
  });
});
