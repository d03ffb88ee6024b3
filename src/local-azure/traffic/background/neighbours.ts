import { arpReply, arpRequest } from '../packets/arp.ts';
import { echoV6, neighbourAdvertisement, neighbourSolicitation } from '../packets/icmp.ts';
import type { World } from '../world.ts';

/** The link's own chatter: ARP for the gateway, IPv6 neighbour discovery, a ping over IPv6. */
export function playNeighbours(world: World, at: number): void {
  const { timeline, local, gateway, localV6, gatewayV6 } = world;
  const random = world.random.fork(`neighbours ${at}`);
  timeline.add(at, arpRequest(local, gateway));
  timeline.add(at + random.between(2e-4, 6e-4), arpReply(gateway, local));
  timeline.add(at + 0.4, neighbourSolicitation(localV6, gatewayV6));
  timeline.add(at + 0.4 + random.between(2e-4, 6e-4), neighbourAdvertisement(gatewayV6, localV6));
  for (const sequence of [1, 2, 3]) {
    const sent = at + 0.5 + sequence * 0.2;
    timeline.add(sent, echoV6(localV6, gatewayV6, 'request', sequence));
    timeline.add(sent + random.between(4e-4, 9e-4), echoV6(gatewayV6, localV6, 'reply', sequence));
  }
}
