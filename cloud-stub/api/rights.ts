/**
 * The role table (C2), once: which role has which right, and over which sessions. Every route names the right that it
 * needs (access.ts); what is not in this table is not allowed.
 */
import type { Role } from './contract.ts';

/** `own`: only sessions that are released to the user, and their gateways. */
export type Scope = 'all' | 'own' | 'none';

export const RIGHTS = {
  'add-devices': { administrator: 'all', 'remoteconnect-administrator': 'none', 'remoteconnect-user': 'none' },
  'add-users': { administrator: 'all', 'remoteconnect-administrator': 'none', 'remoteconnect-user': 'none' },
  'see-users': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'none' },
  'see-gateways': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'own' },
  'create-sessions': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'none' },
  'change-sessions': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'none' },
  'start-sessions': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'own' },
  'end-sessions': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'own' },
  'end-all-sessions': {
    administrator: 'all',
    'remoteconnect-administrator': 'all',
    'remoteconnect-user': 'none',
  },
  'see-sessions': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'own' },
  'see-audit': { administrator: 'all', 'remoteconnect-administrator': 'all', 'remoteconnect-user': 'none' },
} as const satisfies Readonly<Record<string, Readonly<Record<Role, Scope>>>>;

export type Right = keyof typeof RIGHTS;

export function isRight(name: string): name is Right {
  return Object.hasOwn(RIGHTS, name);
}

export function scopeOf(role: Role, right: Right): Scope {
  return RIGHTS[right][role];
}

/** `isOwn`: the session is released to this user. */
export function may(role: Role, right: Right, isOwn: boolean): boolean {
  const scope = scopeOf(role, right);
  switch (scope) {
    case 'all':
      return true;
    case 'own':
      return isOwn;
    case 'none':
      return false;
  }
}
