import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';

/** Fastify over TLS; there is no other form. */
export type AmsApplication = FastifyInstance<Server>;
