import type { CaptureFacts } from '../../domain/facts.ts';
import type { Finding } from '../../domain/finding.ts';
import { createCaptureIndex } from '../../packets/index/capture-index.ts';
import { linkTypeName } from '../../packets/protocols.ts';
import type { CaptureChunks } from '../../ports.ts';
import { detectAll } from './detectors.ts';
import { withTimes } from './finding-times.ts';
import { toFacts } from './facts.ts';
import type { MeasureInput } from './measure.ts';
import { damageIn, limitsOf, readFile } from './large/read-file.ts';
import { storyOf } from './survey-file.ts';
import { createTables } from './tables.ts';

/** What was read without tshark: facts whose notes say what nobody looked at, and findings. */
export interface OwnMeasurement {
  facts: CaptureFacts;
  findings: Finding[];
}

/**
 * Measures a capture with our own decoder alone, for where no sandbox exists: no tshark, no child process, and nothing
 * of the file is trusted. `chunks` is the file in order, in pieces of any size. A damaged file gives what was readable;
 * throws CapwrightError CANCELLED when the signal aborts, and whatever `chunks` throws.
 */
export async function measureWithoutTools(
  chunks: CaptureChunks,
  input: MeasureInput,
): Promise<OwnMeasurement> {
  const tables = createTables();
  const index = createCaptureIndex();
  const reading = await readFile(chunks, input, (packet, shows, sight) => {
    tables.addOwn(packet, shows);
    index.add(sight.header, -1);
  });
  for (const totals of reading.lane.conversations()) tables.addConversation(totals);
  const finished = tables.finish();
  const detected = detectAll(finished);
  const { file } = input;
  const cuts = [reading.spent, reading.shortfall].filter((cut) => cut !== null);
  const facts = toFacts({ ...file, sha256: await file.sha256() }, finished, {
    damaged: damageIn(reading, finished.overview.packets),
    linkTypes: reading.end.linkTypes.map(linkTypeName),
    findings: detected.findings,
    isWithoutTshark: true,
    ...storyOf(reading.end),
    notes: [COVERAGE, ...cuts, ...limitsOf(reading), ...detected.notes],
  });
  return { facts, findings: withTimes(detected.findings, (frame) => index.timeOf(frame)) };
}

/** What this reader looks at, and what it leaves to tshark. */
const COVERAGE =
  'Read without tshark, by the built-in decoder: ARP, IP, ICMP, TCP with its sequence analysis, UDP, DNS, DHCP, HSRP, ' +
  'HTTP/1, TLS handshakes, alerts and certificates, FTP, SMTP, POP3, IMAP, Telnet, LDAP results and Modbus were ' +
  'looked at, and the start of every TCP and UDP conversation searched for known attacks. Not looked at: what other ' +
  'protocols say (SMB, SQL, RADIUS, remote calls of Windows, Kerberos, OCSP, QUIC behind its hellos, HTTP/2, SIP, RTP, ' +
  'BGP, OSPF, EIGRP, VRRP, Wi-Fi encryption, other industrial protocols), and what tunnels other than VLAN, MPLS, PPPoE, PPP, L2TP, GRE, ' +
  'ERSPAN, VXLAN, GENEVE, GTP-U, Teredo, CAPWAP and IP in IP carry.';
