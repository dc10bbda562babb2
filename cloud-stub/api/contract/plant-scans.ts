/**
 * Searches for devices on the plant side of a gateway, carried out by the gateway.
 *
 *   POST   /api/gateways/{registrationId}/scan       -> gatewayScan        Administrator
 *   GET    /api/gateways/{registrationId}/scan       -> gatewayScan|null   Administrator; the last one
 */
import { plantScan } from '@edgegateway/protocol/plant-scan';
import { timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';

/** `failed-*`: the gateway was not online, did not answer in time, or could not search. */
export const scanState = z.enum(['running', 'done', 'failed-offline', 'failed-silent', 'failed-refused']);
export type ScanState = z.infer<typeof scanState>;

export const gatewayScan = z.strictObject({ askedAt: timestamp, state: scanState, result: plantScan.nullable() });
export type GatewayScan = z.infer<typeof gatewayScan>;
