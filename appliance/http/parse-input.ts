import type { z } from 'zod';
import { AmsFailure } from '../errors.ts';

/**
 * Nothing of the input goes into the error: it may hold a password.
 * @throws AmsFailure 'invalid-request'
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new AmsFailure('invalid-request');
  return parsed.data;
}
