import { httpRequest, httpResponse } from '../messages/http.ts';
import { ascii } from '../packets/bytes.ts';
import { createTcpFlow } from '../tcp-flow.ts';
import type { World } from '../world.ts';

/** A password that anybody on the path can read, and a back end that fails its callers. */
export function plantWebFailures(world: World, at: number): void {
  plantClearPassword(world, at);
  plantServerErrors(world, at + 1.5);
}

function plantClearPassword(world: World, at: number): void {
  const client = world.peer('10.0.0.20');
  const flow = createTcpFlow(world, {
    client: { host: client, port: world.freePort() },
    server: { host: world.local, port: 80 },
    at,
    roundTrip: 1.1e-3,
  });
  const invented = `report:not-a-real-secret-${world.random.fork('password').integer(1e6)}`;
  const header = `Authorization: Basic ${Buffer.from(ascii(invented)).toString('base64')}`;
  flow.open();
  const request = flow.send('client', httpRequest('GET', '/reports/daily', 'web-01.internal', [header]));
  const answer = flow.send('server', httpResponse('200 OK', '{"report":"daily"}', 'application/json'), 6e-3);
  flow.close('client');
  const direction = { actor: [client.address], target: [world.local.address], counted: false };
  world.timeline.plant({
    kind: 'cleartext_credentials',
    ...direction,
    packets: request,
    what: 'HTTP Basic authentication without TLS',
  });
  world.timeline.plant({
    kind: 'successful_login',
    ...direction,
    packets: answer,
    main: false,
    what: 'that password was accepted',
  });
}

function plantServerErrors(world: World, at: number): void {
  const client = world.peer('203.0.113.77');
  const statuses = ['503 Service Unavailable', '503 Service Unavailable', '500 Internal Server Error'];
  const packets = [...statuses, ...statuses.slice(1)].flatMap((status, index) => {
    const flow = createTcpFlow(world, {
      client: { host: client, port: world.freePort() },
      server: { host: world.local, port: 80 },
      at: at + index * 0.45,
      roundTrip: 0.02,
    });
    flow.open();
    flow.send('client', httpRequest('POST', '/orders', 'www.capwright.example', [], '{"item":7}'));
    const answer = flow.send('server', httpResponse(status, 'upstream unavailable', 'text/plain'), 5e-3);
    flow.close('server');
    return answer;
  });
  world.timeline.plant({
    kind: 'http_error',
    actor: [world.local.address],
    target: [client.address],
    packets,
    what: 'orders end in 503 and 500',
  });
}
