/**
 * A program in place of remoteconnect.service: owns its bus name and answers with a status that names the sessions of
 * FAKE_SESSIONS (JSON), and lets them be ended, approved and refused. What AMS_TEST_BEHAVIOUR says goes wrong: `exit` ends before it is ready, `hang` never is.
 */
import { env } from 'node:process';
import { GATEWAY_BUS, type GatewayStatus, gatewayStatus } from '@edgegateway/protocol/gateway-bus';
import { Message, sessionBus } from '@jellybrick/dbus-next';

const behaviour = env['AMS_TEST_BEHAVIOUR'];
if (behaviour === 'exit') process.exit(1);
if (behaviour === 'hang') setInterval(() => undefined, 60_000);
else await serve();

async function serve(): Promise<void> {
  const bus = sessionBus({ busAddress: env['DBUS_SYSTEM_BUS_ADDRESS'] ?? '' });
  let status: GatewayStatus = gatewayStatus.parse({
    version: '0.1.0',
    registrationId: 'edge-0042',
    cloud: { state: 'online', since: '2026-01-01T00:00:00.000Z' },
    until: null,
    connections: JSON.parse(env['FAKE_SESSIONS'] ?? '[]'),
  });
  bus.addMethodHandler((call: Message) => {
    if (call.path !== GATEWAY_BUS.path) return false;
    if (call.member === 'GetStatus') bus.send(Message.newMethodReturn(call, 's', [JSON.stringify(status)]));
    else if (call.member === 'EndSession') {
      const known = status.connections.some((connection) => connection.sessionId === call.body[0]);
      status = {
        ...status,
        connections: status.connections.filter((connection) => connection.sessionId !== call.body[0]),
      };
      bus.send(
        known
          ? Message.newMethodReturn(call)
          : Message.newError(call, `${GATEWAY_BUS.interface}.Error.NoSuchSession`, 'No such session.'),
      );
      bus.send(
        Message.newSignal(GATEWAY_BUS.path, GATEWAY_BUS.interface, 'StatusChanged', 's', [JSON.stringify(status)]),
      );
    } else if (call.member === 'Approve' || call.member === 'Refuse') {
      const [id, clientPublicKey] = call.body;
      const asks = status.connections.find(
        (one) =>
          one.sessionId === id && one.clientPublicKey === clientPublicKey && one.state === 'waiting-for-approval',
      );
      bus.send(
        asks === undefined
          ? Message.newError(call, `${GATEWAY_BUS.interface}.Error.NotWaiting`, 'It does not wait.')
          : Message.newMethodReturn(call),
      );
      if (asks !== undefined) asks.state = call.member === 'Approve' ? 'waiting' : 'ended';
      bus.send(
        Message.newSignal(GATEWAY_BUS.path, GATEWAY_BUS.interface, 'StatusChanged', 's', [JSON.stringify(status)]),
      );
    } else return false;
    return true;
  });
  await bus.requestName(GATEWAY_BUS.name);
  console.log('ready');
}
