/** What a start needs (C5), and a sentence for each thing that is missing. Pure. */
import type { MissingPrecondition, StartCheck, Validity } from '../contract/session-rules.ts';
import type { Gateway } from '../contract.ts';
import type { AddressInTheWay } from './occupied-addresses.ts';
import { isOpen, nextOpening } from './validity.ts';

export interface NeededGateway {
  readonly registrationId: string;
  readonly name: string;
  readonly state: Gateway['state'];
  /** The hub has room for what this session adds to the gateway's configuration; looked at only while it is online. */
  readonly hasRoom: boolean;
  /** The first released address that means something else there, and what; null: there is none. */
  readonly inTheWay: AddressInTheWay | null;
  /** Since when it is in that state, where that is known. */
  readonly since: string | null;
}

export interface StartNeeds {
  /** It runs, and a client has taken it up. */
  readonly isInUse: boolean;
  readonly validity: Validity;
  readonly gateways: readonly NeededGateway[];
  /** The user has once opened a client. */
  readonly hasClient: boolean;
  readonly plantApproval: boolean;
}

/** Everything that the start needs, one by one, met or not. */
export function startChecksOf(needs: StartNeeds, now: Date): StartCheck[] {
  return [
    { check: 'session', gateway: null, missing: needs.isInUse ? IN_USE : null, blocking: true },
    { check: 'window', gateway: null, missing: outsideWindow(needs.validity, now), blocking: true },
    ...needs.gateways.map(
      (gateway): StartCheck => ({
        check: 'gateway',
        gateway: gateway.registrationId,
        missing: missingAt(gateway),
        blocking: true,
      }),
    ),
    // Nobody can see from here what is installed on the user's computer: the start itself will tell.
    { check: 'client', gateway: null, missing: needs.hasClient ? null : NO_CLIENT, blocking: false },
    ...(needs.plantApproval
      ? [{ check: 'approval', gateway: null, missing: NOT_APPROVED, blocking: false } as const]
      : []),
  ];
}

/** What refuses the start. */
export function blockingOf(checks: readonly StartCheck[]): MissingPrecondition[] {
  return checks.flatMap(({ missing, blocking }) => (missing !== null && blocking ? [missing] : []));
}

const IN_USE: MissingPrecondition = {
  precondition: 'already-running',
  gateway: null,
  at: null,
  message: 'The session is running already. End it first.',
};

const NO_CLIENT: MissingPrecondition = {
  precondition: 'no-client-seen',
  gateway: null,
  at: null,
  message: 'You have not opened a client yet. Install it on this computer before you start.',
};

const NOT_APPROVED: MissingPrecondition = {
  precondition: 'not-approved',
  gateway: null,
  at: null,
  message: 'The plant has to approve each run. It is asked once your client is open, and has 10 minutes to answer.',
};

function outsideWindow(validity: Validity, now: Date): MissingPrecondition | null {
  if (isOpen(validity, now)) return null;
  const at = nextOpening(validity, now)?.toISOString() ?? null;
  const message =
    at === null
      ? 'The time in which this session may run is over. Ask an administrator to change it.'
      : `This session may not run now. It is possible next at ${at}.`;
  return { precondition: 'outside-window', gateway: null, at, message };
}

function missingAt({
  registrationId,
  name,
  state,
  hasRoom,
  inTheWay,
  since,
}: NeededGateway): MissingPrecondition | null {
  const at = since;
  const sinceText = since === null ? '' : ` since ${since}`;
  switch (state) {
    case 'online':
      if (inTheWay !== null)
        return {
          precondition: 'address-in-the-way',
          gateway: registrationId,
          at: null,
          address: inTheWay.address,
          message: `At ${name}, ${inTheWay.sentence}. Ask an administrator to map the device to another address.`,
        };
      return hasRoom
        ? null
        : {
            precondition: 'gateway-full',
            gateway: registrationId,
            at: null,
            message: `${name} has too many running sessions. End one, or select fewer addresses.`,
          };
    case 'waiting':
      return {
        precondition: 'gateway-waiting',
        gateway: registrationId,
        at: null,
        message: `${name} waits to be accepted. Ask an administrator to do it.`,
      };
    case 'disabled':
      return {
        precondition: 'gateway-disabled',
        gateway: registrationId,
        at: null,
        message: `${name} is disabled. Ask an administrator to enable it.`,
      };
    case 'never':
      return {
        precondition: 'gateway-never-seen',
        gateway: registrationId,
        at: null,
        message: `${name} has never been online. Switch remoteConnect on in its AMS and check its network.`,
      };
    case 'off':
      return {
        precondition: 'remoteconnect-off',
        gateway: registrationId,
        at,
        message: `remoteConnect is switched off at ${name}${sinceText}. Ask the plant to switch it on in the AMS.`,
      };
    case 'offline':
      return {
        precondition: 'gateway-offline',
        gateway: registrationId,
        at,
        message: `${name} is offline${sinceText}. Ask the plant to check its power and network.`,
      };
  }
}
