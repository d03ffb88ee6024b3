import { dnsCode, dnsQuery } from '../messages/dns.ts';
import { lookUp } from '../messages/exchange.ts';
import { udpPacket } from '../packets/udp.ts';
import type { World } from '../world.ts';

/** Names fail in three ways: a burst that does not exist, one the server cannot resolve, some that nobody answers. */
export function plantNameFailures(world: World, at: number): void {
  plantBurst(world, at);
  plantServerFailure(world, at + 3);
  plantSilence(world, at + 1);
}

function plantBurst(world: World, at: number): void {
  const packets = Array.from({ length: 24 }, (_, index) => {
    const name = `cache-${String(index + 1).padStart(2, '0')}.svc.capwrigth.example`;
    return lookUp(world, { at: at + index * 0.07, name, code: dnsCode.noSuchName }).response;
  });
  world.timeline.plant({
    kind: 'dns_nxdomain_burst',
    actor: [world.local.address],
    target: [],
    packets,
    what: 'a mistyped search domain: two dozen names that do not exist',
  });
}

function plantServerFailure(world: World, at: number): void {
  const { response } = lookUp(world, { at, name: 'broken-zone.example', code: dnsCode.serverFailure });
  world.timeline.plant({
    kind: 'dns_servfail',
    actor: [world.resolver.address],
    target: [world.local.address],
    packets: [response],
    what: 'the resolver fails on one zone',
  });
}

/** Every try has a new identifier and port, as systemd-resolved does it, so each counts as a query of its own. */
function plantSilence(world: World, at: number): void {
  const silent = world.peer('10.0.0.53');
  const random = world.random.fork('silent resolver');
  const packets = ['ldap.internal.capwright.example', 'kdc.internal.capwright.example'].flatMap((name) =>
    [0, 1.2, 2.6].map((wait) => {
      const query = dnsQuery({ id: random.integer(65_536), name, type: 'A' });
      const from = { host: world.local, port: world.freePort() };
      return world.timeline.add(
        at + wait + random.between(0, 0.1),
        udpPacket(from, { host: silent, port: 53 }, query),
      );
    }),
  );
  world.timeline.plant({
    kind: 'dns_no_response',
    actor: [silent.address],
    target: [world.local.address],
    packets,
    what: 'a second resolver never answers',
  });
}
