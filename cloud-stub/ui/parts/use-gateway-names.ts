/** What people call the gateways. */
import { cloud } from '../cloud/cloud.ts';
import { useLoaded } from '../cloud/use-loaded.ts';

/** Gives the name of a gateway; its registration id where it has been removed, or is not known yet. */
export type GatewayName = (registrationId: string) => string;

export function useGatewayNames(): GatewayName {
  const { loaded } = useLoaded('gateways', ['gateways'], cloud.gateways);
  const known = loaded.state === 'loaded' ? loaded.value : [];
  const names = new Map(known.map(({ registrationId, name }) => [registrationId, name]));
  return (registrationId) => names.get(registrationId) ?? registrationId;
}
