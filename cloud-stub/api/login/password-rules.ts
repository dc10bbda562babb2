/**
 * Which passwords are taken (NIST SP 800-63B section 3.1.1.2): long ones, that are neither among the commonest nor made of what
 * everyone knows of the user. No rule about kinds of characters. The length is checked by the contract's schema.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { Problem } from '../errors.ts';

/** 0 to 4; below it a password falls to fewer than 10^8 guesses. */
const NEEDED_SCORE = 3;
/** The estimate's cost grows faster than the length; what begins this strong need not be looked at further. */
const ESTIMATED_CHARACTERS = 32;
/** Readings of `p@$$w0rd` and the like that are tried; the library's own limit lets one password take a second. */
const SUBSTITUTIONS = 32;

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: SUBSTITUTIONS });

export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
}

/** @throws Problem password-personal, password-common */
export function requireGoodPassword(password: string, { email, name }: PasswordOwner): void {
  const known = [email, name, ...email.split(/[@.]/), ...name.split(/\s+/)].filter((word) => word.length > 2);
  const plain = password.trim().toLowerCase();
  const rest = known
    .map((word) => word.toLowerCase())
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, word) => text.replaceAll(word, ''), plain);
  // A name may be a word of a sentence; it may not be nearly all there is.
  if (plain.length - rest.length > 0 && rest.length < 8) throw new Problem('password-personal');
  const { score } = estimator.check(password.slice(0, ESTIMATED_CHARACTERS), [...known, 'remoteconnect']);
  if (score < NEEDED_SCORE) throw new Problem('password-common');
}
