import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureFacts } from '../../domain/facts.ts';
import type { Finding } from '../../domain/finding.ts';
import { isDecoded, linkTypeName } from '../../packets/protocols.ts';
import { createCaptureReader, type CaptureEnd } from '../../packets/read-capture.ts';
import type { CaptureChunks } from '../../ports.ts';
import { detectAll } from './detectors.ts';
import { toFacts } from './facts.ts';
import type { MeasureInput } from './measure.ts';
import { createOwnLane } from './large/own-lane.ts';
import { createTables } from './tables.ts';

/** What was read without tshark: facts whose notes say what nobody looked at, and findings. */
export interface OwnMeasurement {
  facts: CaptureFacts;
  findings: Finding[];
}

const PROGRESS_EVERY_BYTES = 16 * 1024 * 1024;

/**
 * Measures a capture with our own decoder alone, for where no sandbox exists: no tshark, no child process, and nothing
 * of the file is trusted. `chunks` is the file in order, in pieces of any size. A damaged file gives what was readable;
 * throws CapwrightError CANCELLED when the signal aborts, and whatever `chunks` throws.
 */
export async function measureWithoutTools(
  chunks: CaptureChunks,
  { file, signal, onProgress }: MeasureInput,
): Promise<OwnMeasurement> {
  const tables = createTables();
  const lane = createOwnLane((packet, shows) => tables.addOwn(packet, shows));
  const reader = createCaptureReader(lane.onPacket);
  let told = 0;
  for await (const chunk of chunks) {
    if (signal.aborted) throw cancelled();
    reader.push(chunk);
    if (reader.isOver()) break;
    const bytes = chunks.bytesRead();
    if (bytes - told < PROGRESS_EVERY_BYTES) continue;
    told = bytes;
    onProgress({
      fraction: file.bytes === 0 ? null : Math.min(bytes / file.bytes, 1),
      message: `Measured ${Math.floor(bytes / 1e6)} MB`,
    });
  }
  if (signal.aborted) throw cancelled();
  const end = reader.end();
  const shortfall = chunks.shortfall();
  for (const totals of lane.conversations()) tables.addConversation(totals);
  const finished = tables.finish();
  const detected = detectAll(finished);
  const facts = toFacts({ ...file, sha256: await file.sha256() }, finished, {
    damaged: damageOf(end, finished.overview.packets) ?? shortfall,
    linkTypes: end.linkTypes.map(linkTypeName),
    notes: [
      COVERAGE,
      ...(shortfall === null ? [] : [shortfall]),
      ...limits(end, lane.refused()),
      ...detected.notes,
    ],
  });
  return { facts, findings: detected.findings };
}

const cancelled = (): CapwrightError =>
  new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Ask for it again.');

/** What this reader looks at, and what it leaves to tshark. */
const COVERAGE =
  'Read without tshark, by the built-in decoder: ARP, IP, ICMP, TCP with its sequence analysis, UDP, DNS, DHCP, HSRP, ' +
  'HTTP/1, TLS handshakes, alerts and certificates, FTP, SMTP, POP3, IMAP, Telnet, LDAP results and Modbus were ' +
  'looked at, and the start of every TCP and UDP conversation searched for known attacks. Not looked at: what other ' +
  'protocols say (SMB, SQL, RADIUS, remote calls of Windows, Kerberos, OCSP, QUIC, HTTP/2, SIP, RTP, BGP, OSPF, EIGRP, ' +
  'VRRP, Wi-Fi encryption, other industrial protocols), and what tunnels other than VLAN, MPLS, PPPoE, PPP, L2TP, GRE, ' +
  'ERSPAN, VXLAN, GENEVE, GTP-U, Teredo, CAPWAP and IP in IP carry.';

/** What is wrong with the file, in the words that the pass of tshark uses; null where it was read to its end. */
function damageOf({ damage }: CaptureEnd, packets: number): string | null {
  const reach = packets === 0 ? 'no packet could be read.' : 'the packets before it were read.';
  switch (damage) {
    case null:
      return null;
    case 'not a capture':
      return 'The file is not a capture in a format that can be read without tshark.';
    case 'unsupported variant':
      return 'The file is a pcap of a modified variant, which is not read without tshark.';
    case 'cut short':
      return `The file ends in the middle of a record; ${reach}`;
    case 'damaged record':
      return `A packet record in the file is damaged; ${reach}`;
  }
}

function limits({ linkTypes, dropped }: CaptureEnd, refused: number): string[] {
  const unknown = linkTypes.filter((linkType) => !isDecoded(linkType));
  const notes: [boolean, string][] = [
    [
      unknown.length > 0,
      `Packets of ${unknown.map(linkTypeName).join(', ')} were counted but not decoded: that needs tshark.`,
    ],
    [(dropped ?? 0) > 0, `The capturing machine says that it lost ${dropped} packets.`],
    [refused > 0, `There were more conversations than are kept: ${refused} packets are in none.`],
  ];
  return notes.filter(([holds]) => holds).map(([, note]) => note);
}
