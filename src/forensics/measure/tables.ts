import { ATTENTION, EARLY_PAYLOAD, MESSAGE, UNDERSTOOD, type Attention } from './large/attention.ts';
import type { ConversationTotals } from './large/conversations.ts';
import { memoByObject } from './memo.ts';
import type { Packet } from './packet.ts';
import { createCertificates } from './tables/certificates.ts';
import { createIcs } from './tables/ics.ts';
import { createLookups } from './tables/lookups.ts';
import { createRevocations } from './tables/revocations.ts';
import { createDnsContradictions } from './tables/dns-contradictions.ts';
import { createDnsMalformed } from './tables/dns-malformed.ts';
import { createDnsScopes } from './tables/dns-scopes.ts';
import { createFirstWords } from './tables/first-words.ts';
import { createWifi } from './tables/wifi.ts';
import { createArp } from './tables/arp.ts';
import { createContents } from './tables/contents.ts';
import { createCovert } from './tables/covert.ts';
import { createDhcp } from './tables/dhcp.ts';
import { createDns } from './tables/dns.ts';
import { createDnsNames } from './tables/dns-names.ts';
import { createFtpPorts } from './tables/ftp-ports.ts';
import { createHeartbeats } from './tables/heartbeats.ts';
import { createIcmp } from './tables/icmp.ts';
import { createKerberos } from './tables/kerberos.ts';
import { createLogins } from './tables/logins.ts';
import { createOverview } from './tables/overview.ts';
import { createProtocols } from './tables/protocols.ts';
import { createQuality } from './tables/quality.ts';
import { createSigns } from './tables/signs.ts';
import { createSynProbes } from './tables/syn-probes.ts';
import { createTalkers } from './tables/talkers.ts';
import { createTcp } from './tables/tcp.ts';
import { createTls } from './tables/tls.ts';
import { createWeb } from './tables/web.ts';
import { createBlindProbes } from './tables/blind-probes.ts';
import { createFragments } from './tables/fragments.ts';
import { createOddProbes } from './tables/odd-probes.ts';
import { createPings } from './tables/pings.ts';
import { createReflections } from './tables/reflections.ts';
import { createRouting } from './tables/routing.ts';
import { createRtp } from './tables/rtp.ts';
import { createSip } from './tables/sip.ts';
import { createRepeats } from './tables/repeats.ts';
import { createNeighbours } from './tables/neighbours.ts';
import { createVolume } from './tables/volume.ts';
import { createWindows } from './tables/windows.ts';
import { createDnsServers } from './tables/dns-servers.ts';
import { createHardware } from './tables/hardware.ts';
import { createHostNames } from './tables/host-names.ts';
import { createMoments } from './tables/moments.ts';
import { createRates } from './tables/rates.ts';
import { createHellos } from './tables/hellos.ts';
import { createWebExchanges } from './tables/web-exchanges.ts';
import { createControlMessages } from './tables/control-messages.ts';
import { createLeaseMessages } from './tables/lease-messages.ts';
import { createOutcomes } from './tables/outcomes.ts';
import { createCallMessages } from './tables/call-messages.ts';
import { createSessions } from './tables/sessions.ts';
import { createWifiNetworks } from './tables/wifi-networks.ts';
import { createIcsTalk } from './tables/ics-talk.ts';
import { createSizes } from './tables/sizes.ts';

/** One aggregator per concern: each reads every packet once and keeps a bounded table. */
const makeAll = () => ({
  overview: createOverview(),
  talkers: createTalkers(),
  protocols: createProtocols(),
  tcp: createTcp(),
  probes: createSynProbes(),
  dns: createDns(),
  dnsNames: createDnsNames(),
  web: createWeb(),
  signs: createSigns(),
  tls: createTls(),
  arp: createArp(),
  icmp: createIcmp(),
  logins: createLogins(),
  quality: createQuality(),
  dhcp: createDhcp(),
  blindProbes: createBlindProbes(),
  fragments: createFragments(),
  oddProbes: createOddProbes(),
  pings: createPings(),
  reflections: createReflections(),
  routing: createRouting(),
  rtp: createRtp(),
  sip: createSip(),
  volume: createVolume(),
  certificates: createCertificates(),
  revocations: createRevocations(),
  ics: createIcs(),
  wifi: createWifi(),
  firstWords: createFirstWords(),
  lookups: createLookups(),
  dnsContradictions: createDnsContradictions(),
  dnsScopes: createDnsScopes(),
  dnsMalformed: createDnsMalformed(),
  contents: createContents(),
  windows: createWindows(),
  heartbeats: createHeartbeats(),
  ftpPorts: createFtpPorts(),
  kerberos: createKerberos(),
  covert: createCovert(),
  neighbours: createNeighbours(),
  repeats: createRepeats(),
  rates: createRates(),
  moments: createMoments(),
  sizes: createSizes(),
  hardware: createHardware(),
  hostNames: createHostNames(),
  dnsServers: createDnsServers(),
  hellos: createHellos(),
  webExchanges: createWebExchanges(),
  controlMessages: createControlMessages(),
  leaseMessages: createLeaseMessages(),
  outcomes: createOutcomes(),
  callMessages: createCallMessages(),
  sessions: createSessions(),
  wifiNetworks: createWifiNetworks(),
  icsTalk: createIcsTalk(),
});

type Aggregators = ReturnType<typeof makeAll>;
export type TableName = keyof Aggregators;

/** Everything that was measured, for facts and detectors to read. */
export type Tables = { [K in keyof Aggregators]: ReturnType<Aggregators[K]['finish']> };

/** Where the tables are fed from. */
export interface Feed {
  /** Every table looks at a packet, which has every field. */
  add(packet: Packet): void;
  /** A packet of our own reader, for those tables that look at what it shows. */
  addOwn(packet: Packet, shows: number): void;
  /** A packet of a large capture that tshark was given, for those tables that need tshark. */
  addDissected(packet: Packet): void;
  /** The sums of a conversation whose packets came one by one through `addOwn`. */
  addConversation(totals: ConversationTotals & { layers: readonly string[] }): void;
  finish(): Tables;
}

/** `hasTshark`: whether packets of protocols that our own reader does not understand come through `addDissected`. */
export function createTables({ hasTshark = false }: { hasTshark?: boolean } = {}): Feed {
  const aggregators = makeAll();
  const every = Object.values(aggregators);
  const lookers = createLookers(aggregators, hasTshark);
  return {
    add: (packet) => {
      for (const aggregator of every) aggregator.add(packet);
    },
    addOwn: (packet, shows) => {
      for (const aggregator of lookers.own(packet.layers, shows)) aggregator.add(packet);
    },
    addDissected: (packet) => {
      aggregators.protocols.name(packet);
      for (const aggregator of lookers.dissected) aggregator.add(packet);
    },
    addConversation: (totals) => {
      aggregators.talkers.addConversation(totals);
      aggregators.protocols.addConversation(totals);
    },
    finish: () => finishAll(aggregators),
  };
}

const finishAll = (aggregators: Aggregators): Tables => ({
  overview: aggregators.overview.finish(),
  talkers: aggregators.talkers.finish(),
  protocols: aggregators.protocols.finish(),
  tcp: aggregators.tcp.finish(),
  probes: aggregators.probes.finish(),
  dns: aggregators.dns.finish(),
  dnsNames: aggregators.dnsNames.finish(),
  web: aggregators.web.finish(),
  signs: aggregators.signs.finish(),
  tls: aggregators.tls.finish(),
  arp: aggregators.arp.finish(),
  icmp: aggregators.icmp.finish(),
  logins: aggregators.logins.finish(),
  quality: aggregators.quality.finish(),
  dhcp: aggregators.dhcp.finish(),
  blindProbes: aggregators.blindProbes.finish(),
  fragments: aggregators.fragments.finish(),
  oddProbes: aggregators.oddProbes.finish(),
  pings: aggregators.pings.finish(),
  reflections: aggregators.reflections.finish(),
  routing: aggregators.routing.finish(),
  rtp: aggregators.rtp.finish(),
  sip: aggregators.sip.finish(),
  volume: aggregators.volume.finish(),
  certificates: aggregators.certificates.finish(),
  revocations: aggregators.revocations.finish(),
  ics: aggregators.ics.finish(),
  wifi: aggregators.wifi.finish(),
  firstWords: aggregators.firstWords.finish(),
  lookups: aggregators.lookups.finish(),
  dnsContradictions: aggregators.dnsContradictions.finish(),
  dnsScopes: aggregators.dnsScopes.finish(),
  dnsMalformed: aggregators.dnsMalformed.finish(),
  contents: aggregators.contents.finish(),
  windows: aggregators.windows.finish(),
  heartbeats: aggregators.heartbeats.finish(),
  ftpPorts: aggregators.ftpPorts.finish(),
  kerberos: aggregators.kerberos.finish(),
  covert: aggregators.covert.finish(),
  neighbours: aggregators.neighbours.finish(),
  repeats: aggregators.repeats.finish(),
  rates: aggregators.rates.finish(),
  moments: aggregators.moments.finish(),
  sizes: aggregators.sizes.finish(),
  hardware: aggregators.hardware.finish(),
  hostNames: aggregators.hostNames.finish(),
  dnsServers: aggregators.dnsServers.finish(),
  hellos: aggregators.hellos.finish(),
  webExchanges: aggregators.webExchanges.finish(),
  controlMessages: aggregators.controlMessages.finish(),
  leaseMessages: aggregators.leaseMessages.finish(),
  outcomes: aggregators.outcomes.finish(),
  callMessages: aggregators.callMessages.finish(),
  sessions: aggregators.sessions.finish(),
  wifiNetworks: aggregators.wifiNetworks.finish(),
  icsTalk: aggregators.icsTalk.finish(),
});

interface Looker {
  add(packet: Packet): void;
}

/** Which tables are given a packet, worked out once for every combination of what packets show and their protocols. */
function createLookers(aggregators: Aggregators, hasTshark: boolean) {
  const named = Object.entries(aggregators).flatMap(([name, aggregator]) => {
    const attention = Object.entries(ATTENTION).find(([known]) => known === name)?.[1];
    return attention === undefined ? [] : [{ aggregator, ...attention }];
  });
  const isFor = ({ reader, shows: wanted }: Attention, shows: number): boolean => {
    if ((wanted & shows) === 0) return false;
    if (!hasTshark || reader === 'own') return true;
    // What only tshark understands comes through `addDissected`.
    return reader === 'both' && ((shows & UNDERSTOOD) !== 0 || (shows & (MESSAGE | EARLY_PAYLOAD)) === 0);
  };
  const from = (layers: readonly string[], shows: number): readonly Looker[] =>
    named
      .filter((attention) => isFor(attention, shows))
      .filter(({ among }) => among === undefined || among.some((layer) => layers.includes(layer)))
      .map(({ aggregator }) => aggregator);
  // Our own reader has one array of protocols for all packets of the same ones.
  const perPath = memoByObject(() => new Map<number, readonly Looker[]>());
  return {
    own: (layers: readonly string[], shows: number) => {
      const known = perPath(layers);
      const before = known.get(shows);
      if (before !== undefined) return before;
      const found = from(layers, shows);
      known.set(shows, found);
      return found;
    },
    dissected: named.filter(({ reader }) => reader !== 'own').map(({ aggregator }) => aggregator),
  };
}
