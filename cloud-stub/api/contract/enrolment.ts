/**
 * How gateways get in besides being added by name, and how they are kept out.
 *
 *   POST   /api/gateways/{registrationId}/disable     -> 204                Administrator
 *   POST   /api/gateways/{registrationId}/enable      -> 204                Administrator; accepts a waiting one too
 *   GET    /api/enrolment-groups                      -> enrolmentGroup[]   Administrator
 *   POST   /api/enrolment-groups  newEnrolmentGroup   -> enrolmentGroup     Administrator
 *   DELETE /api/enrolment-groups/{id}                 -> 204                Administrator
 */
import { displayName, timestamp } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';

/** `waiting`: came by an enrolment group, no administrator has accepted it yet, and nothing is released to it. */
export const admission = z.enum(['accepted', 'waiting', 'disabled']);
export type Admission = z.infer<typeof admission>;

export const enrolmentGroup = z.strictObject({
  id: z.uuid(),
  name: displayName,
  /** Common name and SHA-256 of the authority's certificate, and the end of its time. */
  authority: z.string(),
  fingerprint: z.string(),
  validUntil: timestamp,
  createdAt: timestamp,
  /** How many gateways came by it and are in the list. */
  gateways: z.int(),
});
export type EnrolmentGroup = z.infer<typeof enrolmentGroup>;

/** `certificate`: PEM of the authority that signs the gateways' certificates. */
export const newEnrolmentGroup = z.strictObject({ name: displayName, certificate: z.string().max(10_000) });
export type NewEnrolmentGroup = z.infer<typeof newEnrolmentGroup>;
