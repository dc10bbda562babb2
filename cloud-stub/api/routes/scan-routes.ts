import { registrationId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { askerOf } from '../access.ts';
import { gatewayScan } from '../contract/plant-scans.ts';
import { askForScan, lastScan } from '../plant-scans.ts';
import type { App, Parts } from './parts.ts';

const params = z.object({ registrationId });

export function scanRoutes(app: App, { context }: Parts): void {
  app.get(
    '/api/gateways/:registrationId/scan',
    { config: { access: 'add-devices' }, schema: { params, response: { 200: gatewayScan.nullable() } } },
    (request) => lastScan(context.store.read, request.params.registrationId),
  );

  app.post(
    '/api/gateways/:registrationId/scan',
    { config: { access: 'add-devices' }, schema: { params, response: { 200: gatewayScan } } },
    (request) => askForScan(context, request.params.registrationId, askerOf(request)),
  );
}
