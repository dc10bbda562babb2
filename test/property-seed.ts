/**
 * The properties of fast-check (its "Global settings"): `npm test` always tries the same values, so that a commit passes or fails for
 * what it changes. `npm run test:fuzz` tries new ones, and a value that it finds becomes a test.
 */
import { env } from 'node:process';
import fc from 'fast-check';

const ALWAYS_THE_SAME = 8489;

fc.configureGlobal({ seed: env['PROPERTY_SEED'] === undefined ? ALWAYS_THE_SAME : Number(env['PROPERTY_SEED']) });
