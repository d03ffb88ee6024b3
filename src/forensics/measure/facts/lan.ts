import type { CaptureFacts } from '../../../domain/facts.ts';
import type { Tables } from '../tables.ts';
import { sum, top } from './figures.ts';

const MAX_CONFLICTS = 10;
const MAX_MACS = 5;
const MAX_ERRORS = 20;

/** Leases; null where there was no DHCP. */
export function dhcpFacts({ leaseMessages: { sorts, servers, clients } }: Tables): CaptureFacts['dhcp'] {
  const messages = sorts.rows();
  if (messages.length === 0) return null;
  const said = ({ offers, acknowledgements, refusals }: (typeof servers)[number]): number =>
    offers + acknowledgements + refusals;
  return {
    messages: top(messages, 10),
    clients: clients.size,
    servers: top(
      servers.toSorted((a, b) => said(b) - said(a)),
      10,
    ),
  };
}

/** ARP and neighbour discovery; null where there was neither. */
export function resolutionFacts({ arp, controlMessages }: Tables): CaptureFacts['resolution'] {
  const sorts = new Map(controlMessages.sorts.rows().map(({ name, count }) => [name, count]));
  const macs = Map.groupBy(arp.claims, ({ ip }) => ip);
  const conflicts = [...macs]
    .filter(([, claims]) => new Set(claims.map(({ mac }) => mac)).size > 1)
    .map(([address, claims]) => ({
      address,
      macs: [...new Set(claims.map(({ mac }) => mac))].slice(0, MAX_MACS),
    }));
  const facts = {
    arpRequests: sum(arp.askers.map(({ requests }) => requests.count)),
    arpReplies: sum(arp.claims.map(({ replies }) => replies)),
    arpAddresses: macs.size,
    neighbourSolicitations: sorts.get('icmpv6 135/0') ?? 0,
    neighbourAdvertisements: sorts.get('icmpv6 136/0') ?? 0,
    routerAdvertisements: sorts.get('icmpv6 134/0') ?? 0,
  };
  if (sum(Object.values(facts)) === 0) return null;
  return { ...facts, conflicts: top(conflicts, MAX_CONFLICTS) };
}

/** ICMP and ICMPv6; null where there was neither. */
export function icmpFacts({ controlMessages: { sorts, quoted } }: Tables): CaptureFacts['icmp'] {
  const messages = sorts.rows();
  if (messages.length === 0) return null;
  const errors = quoted
    .toSorted((a, b) => b.messages - a.messages)
    .map(({ originalTarget, originalPort, ...error }) => ({
      ...error,
      originalTarget: originalTarget === '' ? null : originalTarget,
      originalPort: originalPort === 0 ? null : originalPort,
    }));
  return { messages: top(messages, 20), errors: top(errors, MAX_ERRORS) };
}
