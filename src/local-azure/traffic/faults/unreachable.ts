import { ascii } from '../packets/bytes.ts';
import { unreachable } from '../packets/icmp.ts';
import { udpPacket } from '../packets/udp.ts';
import type { World } from '../world.ts';

const portUnreachable = 3;

/** Log lines sent to a collector that is not running: the host says so, each time. */
export function plantUnreachable(world: World, at: number): void {
  const collector = world.peer('10.0.3.40');
  const from = { host: world.local, port: world.freePort() };
  const packets = [0, 1, 2, 3, 4].map((index) => {
    const line = ascii(`<134>1 - web-01 orders - - - request ${index + 1} failed`);
    const sent = world.timeline.add(at + index * 1.1, udpPacket(from, { host: collector, port: 514 }, line));
    const notice = unreachable(collector, world.local, portUnreachable, sent);
    return world.timeline.add(at + index * 1.1 + 8e-4, notice);
  });
  world.timeline.plant({
    kind: 'icmp_unreachable',
    actor: [collector.address],
    target: [world.local.address],
    packets,
    what: 'the log collector has no listener on UDP 514',
  });
}
