import { httpRequest, httpResponse } from '../messages/http.ts';
import { applicationData, clientFinish, clientHello, serverFlight } from '../messages/tls.ts';
import { createTcpFlow } from '../tcp-flow.ts';
import type { World } from '../world.ts';

/** Visitors of the machine's own web site: a few pages each, closed in order. */
export function playVisitors(world: World, at: number): void {
  ['203.0.113.21', '203.0.113.34', '203.0.113.90'].forEach((address, index) => {
    const flow = createTcpFlow(world, {
      client: { host: world.peer(address), port: world.freePort() },
      server: { host: world.local, port: 80 },
      at: at + index * 0.35,
      roundTrip: 0.018 + index * 0.007,
    });
    flow.open();
    for (const path of ['/', '/styles.css', '/about']) {
      flow.send('client', httpRequest('GET', path, 'www.capwright.example'));
      flow.send('server', httpResponse('200 OK', page(path)), 4e-3);
    }
    flow.close('client');
  });
}

/** The machine itself calls an interface over TLS 1.3. */
export function playSecureCall(world: World, at: number): void {
  const random = world.random.fork(`tls ${at}`);
  const flow = createTcpFlow(world, {
    client: { host: world.local, port: world.freePort() },
    server: { host: world.peer('192.0.2.40'), port: 443 },
    at,
    roundTrip: 0.022,
  });
  flow.open();
  flow.send('client', clientHello('api.partner.example', random));
  flow.send('server', serverFlight(random));
  flow.send('client', clientFinish(random));
  flow.send('client', applicationData(random, 420));
  flow.send('server', applicationData(random, 5200), 0.011);
  flow.close('client');
}

/** The same web site asked over IPv6. */
export function playVisitorV6(world: World, at: number): void {
  const flow = createTcpFlow(world, {
    client: { host: world.peer('2001:db8:77::15'), port: world.freePort() },
    server: { host: world.localV6, port: 80 },
    at,
    roundTrip: 0.015,
  });
  flow.open();
  flow.send('client', httpRequest('GET', '/', 'www.capwright.example'));
  flow.send('server', httpResponse('200 OK', page('/')), 3e-3);
  flow.close('client');
}

function page(path: string): string {
  return `<!doctype html><title>Capwright demo ${path}</title>${'<p>All is well.</p>'.repeat(120)}`;
}
