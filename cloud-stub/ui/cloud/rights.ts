/** What each role may do (C2), to show only that; the cloud enforces it whatever the page shows. */
import type { Role } from '../../api/contract.ts';

export type Right = 'add-devices' | 'add-users' | 'see-users' | 'create-sessions' | 'see-audit';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  administrator: ['add-devices', 'add-users', 'see-users', 'create-sessions', 'see-audit'],
  'remoteconnect-administrator': ['see-users', 'create-sessions', 'see-audit'],
  'remoteconnect-user': [],
};

export function may(role: Role, right: Right): boolean {
  return RIGHTS[role].includes(right);
}
