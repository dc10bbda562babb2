/** How long a connection tries one address of a host before it tries the next one as well. */
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/**
 * Milliseconds. Node's own 250 give up every address of a host on a satellite or mobile line: a handshake takes a whole
 * round trip. Two attempts still end within 5 s, so that broken IPv6 costs no more than that.
 */
export const ATTEMPT_MILLISECONDS = 2000;

/** For every connection of this process, those of libraries included: programs call it before the first. */
export function giveEachAddressTime(): void {
  setDefaultAutoSelectFamilyAttemptTimeout(ATTEMPT_MILLISECONDS);
}
