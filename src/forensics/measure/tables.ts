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
import { createVolume } from './tables/volume.ts';
import { createWindows } from './tables/windows.ts';
import { createDnsServers } from './tables/dns-servers.ts';
import { createHardware } from './tables/hardware.ts';
import { createHostNames } from './tables/host-names.ts';
import { createRates } from './tables/rates.ts';
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
  rates: createRates(),
  sizes: createSizes(),
  hardware: createHardware(),
  hostNames: createHostNames(),
  dnsServers: createDnsServers(),
});

type Aggregators = ReturnType<typeof makeAll>;

/** Everything that was measured, for facts and detectors to read. */
export type Tables = { [K in keyof Aggregators]: ReturnType<Aggregators[K]['finish']> };

export function createTables(): { add(packet: Packet): void; finish(): Tables } {
  const aggregators = makeAll();
  const every = Object.values(aggregators);
  return {
    add: (packet) => {
      for (const aggregator of every) aggregator.add(packet);
    },
    finish: () => ({
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
      rates: aggregators.rates.finish(),
      sizes: aggregators.sizes.finish(),
      hardware: aggregators.hardware.finish(),
      hostNames: aggregators.hostNames.finish(),
      dnsServers: aggregators.dnsServers.finish(),
    }),
  };
}
