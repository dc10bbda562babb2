/** What stands on the console: plain ASCII, so that every terminal and every log shows it. */
import type { UnitState } from '../bus/unit-state.ts';

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
    ...addresses.map((address) => `Address: https://${address}`),
    '',
    ...(fingerprint === null
      ? ['Die Oberflaeche startet noch. / The interface is starting.']
      : ['Pruefsumme des Zertifikats / Fingerprint of the certificate:', `SHA-256 fingerprint: ${fingerprint}`]),
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
  return lines.map(printable).join('\n');
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
