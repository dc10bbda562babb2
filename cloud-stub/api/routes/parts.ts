import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Context } from '../context.ts';
import type { FirstAdministrator } from '../first-administrator.ts';
import type { KnownDevices } from '../login/known-device.ts';
import type { LoginThrottle } from '../login/login-throttle.ts';
import type { Passwords } from '../login/passwords.ts';
import type { SecondFactors } from '../login/second-factor.ts';
import type { SingleSignOn } from '../login/single-sign-on.ts';
import type { ClientChannels } from '../sessions/client-channels.ts';
import type { Deadlines } from '../sessions/deadlines.ts';
import type { DesiredWriter } from '../sessions/desired-writer.ts';
import type { SessionLife } from '../sessions/session-life.ts';

/** Fastify, whose routes are typed by their zod schemas. */
export type App = FastifyInstance<HttpsServer, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What the routes call. */
export interface Parts {
  readonly context: Context;
  readonly passwords: Passwords;
  readonly secondFactors: SecondFactors;
  readonly throttle: LoginThrottle;
  readonly devices: KnownDevices;
  /** Null where it is not configured. */
  readonly singleSignOn: SingleSignOn | null;
  readonly first: FirstAdministrator;
  readonly life: SessionLife;
  readonly desired: DesiredWriter;
  readonly channels: ClientChannels;
  readonly deadlines: Deadlines;
}
