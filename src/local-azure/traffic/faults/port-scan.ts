import type { Packet } from '../packets/link.ts';
import { synOptions, tcpFlag } from '../packets/tcp.ts';
import { createTcpFlow } from '../tcp-flow.ts';
import type { World } from '../world.ts';

const openPorts: readonly number[] = [80, 443];
const probed = 72;

/** A stranger half-opens one port after the other; closed ports refuse, open ones betray themselves. */
export function plantPortScan(world: World, at: number): void {
  const scanner = world.peer('198.51.100.77');
  const random = world.random.fork('scan');
  const sourcePort = 51_000 + random.integer(8000);
  const ports = shuffled(
    [...openPorts, ...Array.from({ length: probed - 2 }, (_, n) => 1000 + n * 37)],
    random,
  );
  const probes: Packet[] = [];
  const refusals: Packet[] = [];
  const betrayals: Packet[] = [];
  ports.forEach((port, index) => {
    const flow = createTcpFlow(world, {
      client: { host: scanner, port: sourcePort },
      server: { host: world.local, port },
      at: at + index * 6e-3 + random.between(0, 2e-3),
      roundTrip: 0.031,
    });
    probes.push(flow.segment('client', { flags: tcpFlag.syn, window: 1024 }));
    if (openPorts.includes(port)) {
      const options = synOptions(1460);
      betrayals.push(flow.segment('server', { flags: tcpFlag.syn | tcpFlag.ack, window: 64_240, options }));
      flow.segment('client', { flags: tcpFlag.rst, window: 0, acknowledgement: 0 });
    } else {
      refusals.push(flow.segment('server', { flags: tcpFlag.rst | tcpFlag.ack, window: 0, sequence: 0 }));
    }
  });
  plantEvidence(world, scanner.address, { probes, refusals, betrayals });
}

function plantEvidence(
  world: World,
  scanner: string,
  seen: { probes: Packet[]; refusals: Packet[]; betrayals: Packet[] },
): void {
  const here = [world.local.address];
  world.timeline.plant({
    kind: 'port_scan',
    actor: [scanner],
    target: here,
    packets: seen.probes,
    what: 'a SYN scan from outside',
  });
  world.timeline.plant({
    kind: 'tcp_connection_refused',
    actor: here,
    target: [scanner],
    packets: seen.refusals,
    main: false,
    what: 'closed ports refuse the scanner',
  });
  world.timeline.plant({
    kind: 'open_ports',
    actor: here,
    target: [],
    packets: seen.betrayals,
    counted: false,
    main: false,
    what: 'the scan found 80 and 443 open',
  });
}

function shuffled(ports: number[], random: { integer(below: number): number }): number[] {
  return ports
    .map((port) => ({ port, key: random.integer(1e9) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ port }) => port);
}
