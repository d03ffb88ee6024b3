import { tcpFlag } from '../packets/tcp.ts';
import { createTcpFlow } from '../tcp-flow.ts';
import type { World } from '../world.ts';

const attempts = 6;

/** The machine asks for a database whose port nobody listens on, again and again. */
export function plantRefused(world: World, at: number): void {
  const server = world.peer('10.0.1.20');
  const packets = Array.from({ length: attempts }, (_, index) => {
    const flow = createTcpFlow(world, {
      client: { host: world.local, port: world.freePort() },
      server: { host: server, port: 5432 },
      at: at + index * 0.9,
      roundTrip: 9e-4,
    });
    flow.segment('client', { flags: tcpFlag.syn, window: 64_240 });
    return flow.segment('server', { flags: tcpFlag.rst | tcpFlag.ack, window: 0, sequence: 0 });
  });
  world.timeline.plant({
    kind: 'tcp_connection_refused',
    actor: [server.address],
    target: [world.local.address],
    packets,
    what: 'the database port 5432 answers every SYN with RST',
  });
}
