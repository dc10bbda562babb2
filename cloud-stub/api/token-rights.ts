/** What the scopes of access tokens allow. What is not named here is not for tokens: their own routes and users among it. Pure. */
import type { TokenScope } from './contract/access-tokens.ts';
import type { Right } from './rights.ts';

const SCOPE_OF_RIGHT: Readonly<Partial<Record<Right, TokenScope>>> = {
  'see-users': 'read',
  'see-gateways': 'read',
  'see-sessions': 'read',
  'see-audit': 'read',
  'create-sessions': 'sessions:write',
  'change-sessions': 'sessions:write',
  'start-sessions': 'sessions:write',
  'end-sessions': 'sessions:write',
  'end-all-sessions': 'sessions:write',
  'add-devices': 'devices:write',
};

/** The scope that a token needs for a route with this right: to look is `read` everywhere; null where no token may call it. */
export function scopeFor(right: Right, method: string): TokenScope | null {
  const scope = SCOPE_OF_RIGHT[right] ?? null;
  if (scope !== null && method === 'GET') return 'read';
  return scope === 'read' ? null : scope;
}
