import { rankFindings, type Finding } from '../../domain/finding.ts';
import { arpScan, arpSpoofing } from './detectors/arp.ts';
import { beaconing } from './detectors/beaconing.ts';
import { bulkUpload } from './detectors/bulk-upload.ts';
import {
  adware,
  cryptomining,
  exfiltrationContent,
  exploitContent,
  fileTransfer,
  malwareC2Content,
  malwareContent,
  passwordChangedContent,
  ransomwareContent,
  refusalContent,
  remoteShell,
  secretContent,
  sqliContent,
  successfulLogin,
  traversalContent,
  webAttackContent,
  xssContent,
} from './detectors/content-signs.ts';
import { covertChannel, pingText } from './detectors/covert-channel.ts';
import { dnsNxdomain, dnsNxdomainBurst, dnsServfail, dnsZoneTransfer } from './detectors/dns-answers.ts';
import { dnsNoResponse } from './detectors/dns-no-response.ts';
import { dhcpFlood, synFlood } from './detectors/floods.ts';
import { ftpBounce } from './detectors/ftp-bounce.ts';
import { heartbleed } from './detectors/heartbleed.ts';
import { highLatencyNetwork, highLatencyServer } from './detectors/high-latency.ts';
import { hostSweep } from './detectors/host-sweep.ts';
import { exploitKit } from './detectors/exploit-kit.ts';
import { malwareC2Http } from './detectors/http-call-home.ts';
import { malwareDownloadHttp } from './detectors/http-downloads.ts';
import { httpError, vulnScan } from './detectors/http-error.ts';
import { icmpRedirect, icmpUnreachable, mtuFragmentationNeeded } from './detectors/icmp.ts';
import { amplification, ipv6RogueRa } from './detectors/ipv6.ts';
import { kerberoasting, passwordSpray } from './detectors/kerberos.ts';
import { authFailure, bruteForce, cleartextCredentials } from './detectors/logins.ts';
import { openPorts, portScan } from './detectors/port-scan.ts';
import { captureGap, duplicateFrames, oneSidedCapture } from './detectors/recording-quality.ts';
import { routingWeakAuth, webAttackSqli, webAttackTraversal, webAttackXss } from './detectors/signs.ts';
import { tcpConnectTimeout } from './detectors/tcp-connect-timeout.ts';
import { tcpConnectionRefused } from './detectors/tcp-connection-refused.ts';
import { tcpRetransmission } from './detectors/tcp-retransmission.ts';
import { tcpStall } from './detectors/tcp-stall.ts';
import { tcpZeroWindow } from './detectors/tcp-zero-window.ts';
import { tlsCertExpired, tlsHandshakeFailure, tlsWeakVersion } from './detectors/tls.ts';
import { dnsTunnel, icmpTunnel } from './detectors/tunnels.ts';
import { blindScan } from './detectors/blind-scan.ts';
import { fragmentFlood } from './detectors/fragment-flood.ts';
import { highLatencyClient } from './detectors/high-latency-client.ts';
import { ipProtocolScan, osFingerprinting } from './detectors/odd-probes.ts';
import { neighbourSpoofing, secondRouter } from './detectors/neighbours.ts';
import { packetLoss } from './detectors/packet-loss.ts';
import { raFlood } from './detectors/ra-flood.ts';
import { reflection } from './detectors/reflection.ts';
import { bgpSessionReset, routingNoAuth } from './detectors/routing.ts';
import { oneWayAudio, rtpLoss, rtpQuality } from './detectors/rtp.ts';
import { tcpDuplicateAck, tcpFastRetransmission } from './detectors/tcp-loss-signs.ts';
import { tcpReset } from './detectors/tcp-reset.ts';
import { tcpWindowFull } from './detectors/tcp-window-full.ts';
import { tracerouteLoss } from './detectors/traceroute-loss.ts';
import { voipAuthFailure, voipBruteForce, voipScan } from './detectors/voip.ts';
import { dnsFlood, icmpFlood, udpFlood } from './detectors/volume-floods.ts';
import {
  tlsCertChainIncomplete,
  tlsCertNameMismatch,
  tlsCertSelfSigned,
  tlsCertSpoofed,
} from './detectors/certificates.ts';
import { dga } from './detectors/dga.ts';
import { dnsHijack, dnsMalformed } from './detectors/dns-claims.ts';
import { icsException, icsMalformed, icsUnauthorizedCommand } from './detectors/ics.ts';
import { protocolMismatch } from './detectors/protocol-mismatch.ts';
import { tlsCertRevoked } from './detectors/tls-cert-revoked.ts';
import { wifiAuthFailure, wifiWepAttack } from './detectors/wifi-admission.ts';
import { wifiDeauth, wifiDeauthAttack } from './detectors/wifi-deauth.ts';
import { dcsync, lateralMovement, passwordChanged, windowsExploit } from './detectors/windows.ts';
import { weigh } from './doubts.ts';
import type { Detector } from './draft.ts';
import type { Tables } from './tables.ts';

/** Every detector there is. */
export const DETECTORS: readonly Detector[] = [
  tcpRetransmission,
  tcpConnectTimeout,
  tcpConnectionRefused,
  tcpZeroWindow,
  tcpStall,
  highLatencyNetwork,
  highLatencyServer,
  duplicateFrames,
  captureGap,
  oneSidedCapture,
  portScan,
  openPorts,
  hostSweep,
  synFlood,
  dhcpFlood,
  arpSpoofing,
  arpScan,
  icmpUnreachable,
  mtuFragmentationNeeded,
  icmpRedirect,
  dnsNxdomain,
  dnsNxdomainBurst,
  dnsServfail,
  dnsZoneTransfer,
  dnsNoResponse,
  tlsWeakVersion,
  tlsHandshakeFailure,
  httpError,
  vulnScan,
  cleartextCredentials,
  authFailure,
  bruteForce,
  tlsCertExpired,
  icmpTunnel,
  dnsTunnel,
  ipv6RogueRa,
  amplification,
  webAttackSqli,
  webAttackXss,
  webAttackTraversal,
  icsException,
  routingWeakAuth,
  tcpFastRetransmission,
  tcpDuplicateAck,
  tcpWindowFull,
  tcpReset,
  packetLoss,
  highLatencyClient,
  blindScan,
  fragmentFlood,
  icmpFlood,
  udpFlood,
  dnsFlood,
  raFlood,
  secondRouter,
  neighbourSpoofing,
  reflection,
  tracerouteLoss,
  bgpSessionReset,
  routingNoAuth,
  ipProtocolScan,
  osFingerprinting,
  voipScan,
  voipAuthFailure,
  voipBruteForce,
  rtpLoss,
  rtpQuality,
  oneWayAudio,
  icsUnauthorizedCommand,
  icsMalformed,
  tlsCertNameMismatch,
  tlsCertSelfSigned,
  tlsCertChainIncomplete,
  tlsCertSpoofed,
  tlsCertRevoked,
  wifiAuthFailure,
  wifiWepAttack,
  wifiDeauth,
  wifiDeauthAttack,
  protocolMismatch,
  dga,
  dnsHijack,
  dnsMalformed,
  exploitContent,
  webAttackContent,
  sqliContent,
  xssContent,
  traversalContent,
  remoteShell,
  malwareContent,
  malwareC2Content,
  ransomwareContent,
  cryptomining,
  exfiltrationContent,
  malwareDownloadHttp,
  exploitKit,
  malwareC2Http,
  heartbleed,
  beaconing,
  lateralMovement,
  dcsync,
  windowsExploit,
  passwordChanged,
  passwordChangedContent,
  secretContent,
  refusalContent,
  adware,
  successfulLogin,
  fileTransfer,
  ftpBounce,
  kerberoasting,
  passwordSpray,
  covertChannel,
  pingText,
  bulkUpload,
];

/** At most this many findings of one kind: hostile traffic must not flood the report. */
const MAX_PER_KIND = 20;

/** Runs every detector; `notes` says which findings were left out. */
export function detectAll(tables: Tables): { findings: Finding[]; notes: string[] } {
  const notes: string[] = [];
  const kept = DETECTORS.flatMap((detector) => {
    const drafts = detector.detect(tables);
    if (drafts.length <= MAX_PER_KIND) return drafts;
    notes.push(`${drafts.length - MAX_PER_KIND} lesser findings of the kind ${detector.kind} were left out.`);
    return rankFindings(drafts)
      .slice(0, MAX_PER_KIND)
      .map(({ id: _id, times: _times, evidenceCheck: _check, ...draft }) => draft);
  });
  return { findings: rankFindings(weigh(kept, tables)), notes };
}
