import { gatewayScan } from '../../api/contract/plant-scans.ts';
import { request } from './request.ts';

const path = (registrationId: string) => `/api/gateways/${encodeURIComponent(registrationId)}/scan`;

export const plantScans = {
  last: (registrationId: string, signal: AbortSignal) =>
    request({ path: path(registrationId), answer: gatewayScan.nullable(), signal }),
  ask: (registrationId: string) => request({ method: 'POST', path: path(registrationId), answer: gatewayScan }),
} as const;
