/**
 * What stands on the console: plain ASCII, so that every terminal and every log shows it, and small enough for the
 * oldest screen, 80 columns by 25 rows, so that nothing scrolls away.
 */
import type { UnitState } from '../bus/unit-state.ts';

export const COLUMNS = 80;
/** Without the empty row above the page and the cursor's row below it. */
export const ROWS = 23;
/** What the rows leave to addresses; a plant side has one. */
const SHOWN_ADDRESSES = 5;
/** Pairs of hexadecimal digits, with their colons: half a SHA-256 fingerprint. */
const FINGERPRINT_LINE = 16 * 3;

export interface ConsoleFacts {
  readonly version: string;
  /** IPv4 addresses of the plant side, without prefix length. */
  readonly addresses: readonly string[];
  /** Null until the AMS has made its certificate. */
  readonly fingerprint: string | null;
  readonly oneTimeCode: string | null;
  /** Null: systemd does not answer. */
  readonly ams: UnitState | null;
  readonly remoteConnect: UnitState | null;
}

/** Lines of "Name: value" are read by machines too; their names do not change. */
export function consolePage(facts: ConsoleFacts): string {
  const { version, addresses, fingerprint, oneTimeCode } = facts;
  const lines = [
    `edgeGateway ${version}`,
    '',
    'Einrichten und bedienen im Browser / Set up and operate in the browser:',
    ...addressLines(addresses),
    '',
    ...(fingerprint === null
      ? ['Die Oberflaeche startet noch. / The interface is starting.']
      : ['Pruefsumme des Zertifikats / Fingerprint of the certificate:', ...fingerprintLines(fingerprint)]),
    ...(oneTimeCode === null
      ? []
      : [
          '',
          'Einmalcode fuer das erste Passwort / One-time code for the first password:',
          `One-time code: ${oneTimeCode}`,
        ]),
    '',
    `AMS: ${stateWord(facts.ams)}`,
    `remoteConnect: ${stateWord(facts.remoteConnect)}`,
  ];
  return lines.map(printable).map(fitting).join('\n');
}

function addressLines(addresses: readonly string[]): string[] {
  const shown = addresses.slice(0, SHOWN_ADDRESSES).map((address) => `Address: https://${address}`);
  const more = addresses.length - shown.length;
  return more === 0 ? shown : [...shown, `(und ${more} weitere / and ${more} more)`];
}

/** It is longer than a row, and nobody may have to guess where it goes on. */
function fingerprintLines(fingerprint: string): string[] {
  const name = 'SHA-256 fingerprint: ';
  return [
    `${name}${fingerprint.slice(0, FINGERPRINT_LINE)}`,
    `${' '.repeat(name.length)}${fingerprint.slice(FINGERPRINT_LINE)}`,
  ];
}

function stateWord(unit: UnitState | null): string {
  if (unit === null) return 'unbekannt / unknown';
  switch (unit.activeState) {
    case 'active':
      return 'laeuft / running';
    case 'inactive':
      return 'aus / off';
    case 'activating':
    case 'reloading':
      return 'startet / starting';
    case 'deactivating':
      return 'endet / stopping';
    default:
      return `Stoerung / failed (${unit.result})`;
  }
}

/** Nothing from outside can move the cursor. */
function printable(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '?');
}

/** A terminal would wrap what is too long, and the page would have one row more. */
function fitting(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 3)}...`;
}
