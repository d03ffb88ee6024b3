import { datagrams } from '../messages/exchange.ts';
import { ntpMessage } from '../messages/ntp.ts';
import type { World } from '../world.ts';

/** The machine asks a time server and gets a sane answer. */
export function playClockSync(world: World, at: number): void {
  const delay = world.random.fork(`ntp ${at}`).between(8e-3, 12e-3);
  const asked = world.startTime + at;
  datagrams(world, {
    at,
    client: { host: world.local, port: world.freePort() },
    server: { host: world.peer('192.0.2.123'), port: 123 },
    query: ntpMessage('client', { origin: 0, transmit: asked }),
    answer: ntpMessage('server', { origin: asked, transmit: asked + delay / 2 }),
    delay,
  });
}
