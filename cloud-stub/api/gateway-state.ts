/** What the cloud knows of a gateway's state. Pure. */
import type { GatewayReport } from '@edgegateway/protocol/gateway-configuration';
import type { Admission } from './contract/enrolment.ts';
import type { Gateway } from './contract.ts';

export function gatewayState(
  report: GatewayReport | null,
  lastSeenAt: string | null,
  isConnected: boolean,
  admission: Admission,
): Gateway['state'] {
  if (admission !== 'accepted') return admission;
  if (lastSeenAt === null) return 'never';
  if (report?.remoteConnect === 'off') return 'off';
  return isConnected && report !== null ? 'online' : 'offline';
}
