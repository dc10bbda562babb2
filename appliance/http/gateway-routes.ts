import { sessionId } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import type { Sessions } from '../access/sessions.ts';
import { BusError } from '../bus/errors.ts';
import type { RemoteConnect } from '../bus/remote-connect.ts';
import { approval, refusal, switchRequest } from '../contract.ts';
import { AmsFailure } from '../errors.ts';
import type { OverviewFeed } from '../overview.ts';
import type { RemoteConnectSwitch } from '../switch/remote-connect-switch.ts';
import type { AmsApplication } from './ams-application.ts';
import { serveEvents } from './events.ts';
import { requireLogin } from './login.ts';
import { parseInput } from './parse-input.ts';

export interface GatewayRouteOptions {
  readonly sessions: Sessions;
  readonly feed: OverviewFeed;
  readonly remoteConnect: Pick<RemoteConnectSwitch, 'on' | 'off'>;
  /** @throws BusError */
  readonly service: Pick<RemoteConnect, 'endSession' | 'approve' | 'refuse'>;
}

const connectionParameters = z.strictObject({ sessionId });

/** Who decided about a connection, as the audit log shall tell it: the AMS has one login for all plant staff. */
const PLANT_STAFF = 'plant staff (AMS)';

/** The switch, what is connected and what asks to be (G2, G3, G4, P3); everything asks for a login. */
export function addGatewayRoutes(app: AmsApplication, options: GatewayRouteOptions): void {
  const { sessions, feed, remoteConnect, service } = options;
  const onRequest = requireLogin;

  app.get('/api/overview', { onRequest }, () => feed.read());

  app.route({
    method: 'PUT',
    url: '/api/remoteconnect',
    onRequest,
    handler: async (request) => {
      const wanted = parseInput(switchRequest, request.body);
      await (wanted.on ? remoteConnect.on(wanted.forMinutes) : remoteConnect.off());
      return feed.read();
    },
  });

  /** `decide` carries out what the plant has decided about a connection, with the body of the request. */
  const decision = <Body>(
    word: string,
    body: z.ZodType<Body>,
    decide: (sessionId: string, body: Body) => Promise<void>,
  ): void => {
    app.route({
      method: 'POST',
      url: `/api/connections/:sessionId/${word}`,
      onRequest,
      handler: async (request) => {
        const parameters = parseInput(connectionParameters, request.params);
        await asked(decide(parameters.sessionId, parseInput(body, request.body)));
        return feed.read();
      },
    });
  };
  decision('end', z.unknown(), (id) => service.endSession(id, PLANT_STAFF));
  decision('approve', approval, (id, { clientPublicKey }) => service.approve(id, clientPublicKey, PLANT_STAFF));
  decision('refuse', refusal, (id, { clientPublicKey, words }) =>
    service.refuse(id, clientPublicKey, PLANT_STAFF, words),
  );

  app.get('/api/events', { onRequest }, (request, reply) => serveEvents(request, reply, { sessions, feed }));
}

/** @throws AmsFailure 'not-found' for a session that is not there, or waits no longer; 'service-unavailable' */
async function asked(answer: Promise<void>): Promise<void> {
  try {
    await answer;
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    const gone = cause.code === 'refused' && /NoSuchSession|NotWaiting/.test(cause.message);
    throw new AmsFailure(gone ? 'not-found' : 'service-unavailable', { cause });
  }
}
