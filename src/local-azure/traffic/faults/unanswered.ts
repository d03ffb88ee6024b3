import type { Packet } from '../packets/link.ts';
import { synOptions, tcpFlag } from '../packets/tcp.ts';
import { createTcpFlow, segmentSize } from '../tcp-flow.ts';
import type { World } from '../world.ts';

/** Two connection attempts to a host that says nothing, each with the usual doubling retries. */
export function plantUnanswered(world: World, at: number): void {
  const server = world.peer('10.0.2.30');
  const firsts: Packet[] = [];
  const retries: Packet[] = [];
  for (const start of [at, at + 0.4]) {
    const flow = createTcpFlow(world, {
      client: { host: world.local, port: world.freePort() },
      server: { host: server, port: 8443 },
      at: start,
      roundTrip: 0,
    });
    const syn = { flags: tcpFlag.syn, window: 64_240, options: synOptions(segmentSize) };
    const sequence = flow.next('client');
    firsts.push(flow.segment('client', { ...syn, sequence }));
    for (const wait of [1.02, 2.03, 4.05]) {
      retries.push(flow.segment('client', { ...syn, sequence, after: wait }));
    }
  }
  const direction = { actor: [world.local.address], target: [server.address] };
  world.timeline.plant({
    kind: 'tcp_connect_timeout',
    ...direction,
    packets: [...firsts, ...retries],
    what: 'SYNs to port 8443 that nobody answers',
  });
  world.timeline.plant({
    kind: 'tcp_retransmission',
    ...direction,
    packets: retries,
    main: false,
    what: 'the retries of those SYNs',
  });
}
