import { addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isAddress, SYN, type Packet } from '../packet.ts';
import { all, number } from '../row.ts';

/** Reports of one router to one host that packets to a destination are too big. */
export interface TooBig {
  reporter: string;
  told: string;
  /** Of the packet that was too big; '' where it was not quoted. */
  destination: string;
  /** Smallest size that was said to fit; null where none was. */
  mtu: number | null;
  messages: Evidence;
}

export interface SizeTable {
  /** SYN segments per maximum segment size that they offer. */
  segmentSizes: Map<number, number>;
  largestSegment: number;
  tooBig: TooBig[];
}

const MAX_SEGMENT_SIZES = 1_000;
const MAX_REPORTS = 5_000;
const UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const PACKET_TOO_BIG = 2;

/** How large packets are, and who says that they are too large. */
export function createSizes() {
  const segmentSizes = new Map<number, number>();
  let largestSegment = 0;
  const tooBig = createBoundedMap<TooBig>(MAX_REPORTS, (key) => {
    const [reporter = '', told = '', destination = ''] = key.split(' ');
    return { reporter, told, destination, mtu: null, messages: noEvidence() };
  });
  return {
    add(packet: Packet): void {
      const { transport, layers } = packet;
      if (transport?.kind === 'tcp') {
        largestSegment = Math.max(largestSegment, transport.payload);
        if ((transport.flags & SYN) === 0) return;
        const size = transport.segment?.maximumSize ?? null;
        if (size !== null && (segmentSizes.has(size) || segmentSizes.size < MAX_SEGMENT_SIZES))
          segmentSizes.set(size, (segmentSizes.get(size) ?? 0) + 1);
      } else if (layers.at(-1) === 'icmp' || layers.at(-1) === 'icmpv6') addReport(tooBig, packet);
    },
    finish: (): SizeTable => ({ segmentSizes, largestSegment, tooBig: tooBig.values() }),
  };
}

function addReport(
  reports: ReturnType<typeof createBoundedMap<TooBig>>,
  { row, layers, source, target, frame }: Packet,
): void {
  const six = layers.at(-1) === 'icmpv6';
  const isReport = six
    ? number(row, 'icmpv6.type') === PACKET_TOO_BIG
    : number(row, 'icmp.type') === UNREACHABLE && number(row, 'icmp.code') === FRAGMENTATION_NEEDED;
  if (!isReport || source === null || target === null) return;
  // The last address is that of the quoted packet.
  const addresses = all(row, six ? 'ipv6.dst' : 'ip.dst');
  const quoted = addresses.length > 1 ? (addresses.at(-1) ?? '') : '';
  const report = reports.at(`${source} ${target} ${isAddress(quoted) ? quoted : ''}`);
  if (report === null) return;
  addEvidence(report.messages, frame);
  const mtu = number(row, six ? 'icmpv6.mtu' : 'icmp.mtu');
  if (mtu !== null && mtu > 0) report.mtu = Math.min(report.mtu ?? mtu, mtu);
}
