import { addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, isIpv6, type Packet } from '../packet.ts';
import { lastNumber, number } from '../row.ts';

/** Frames recorded twice, besides TCP over IPv4: datagrams, ICMP, and TCP over IPv6. */
export interface Repeats {
  frames: Evidence;
  /** Frames that could have been repeats. */
  comparable: number;
}

interface Seen {
  key: string;
  at: number;
}

const WINDOW_FRAMES = 16;
/** With an identification of its own a packet that comes again is the same one. */
const WITH_IDENTITY_SECONDS = 0.1;
/** Without, only what comes again sooner than any sender would repeat it. */
const WITHOUT_SECONDS = 0.002;

/** Finds frames that repeat one recorded a moment before, where neither sequence nor identification is that of TCP over IPv4. */
export function createRepeats() {
  const repeats: Repeats = { frames: noEvidence(), comparable: 0 };
  const recent: Seen[] = [];
  let place = 0;
  return {
    add(packet: Packet): void {
      const mark = markOf(packet);
      if (mark === null) return;
      const { at, frame } = packet;
      repeats.comparable += 1;
      const within = packet.identification === 0 ? WITHOUT_SECONDS : WITH_IDENTITY_SECONDS;
      if (recent.some((seen) => seen.key === mark && Math.abs(at - seen.at) <= within))
        addEvidence(repeats.frames, frame);
      recent[place] = { key: mark, at };
      place = (place + 1) % WINDOW_FRAMES;
    },
    finish: (): Repeats => repeats,
  };
}

/** What tells this packet from all others of its kind; null where nothing does, or where TCP over IPv4 is told elsewhere. */
function markOf(packet: Packet): string | null {
  const { transport, source, target, identification, row, layers, bytes } = packet;
  if (source === null || target === null || packet.quotes) return null;
  const ends = `${source} ${target} ${identification} ${bytes}`;
  if (transport?.kind === 'tcp') {
    const { segment, payload, sourcePort, targetPort } = transport;
    // Acknowledgements alone may well come twice.
    if (segment === null || payload === 0 || !isIpv6(source)) return null;
    return `${ends} ${sourcePort} ${targetPort} ${segment.sequence} ${segment.checksum}`;
  }
  if (transport?.kind === 'udp') {
    const checksum = lastNumber(row, 'udp.checksum') ?? 0;
    // What is said to everybody is often said twice on purpose.
    if (checksum === 0 || isGroupAddress(target)) return null;
    return `${ends} ${transport.sourcePort} ${transport.targetPort} ${checksum}`;
  }
  const sequence = number(row, 'icmp.seq');
  if (layers.at(-1) === 'arp' || sequence === null || identification === 0) return null;
  return `${ends} ${number(row, 'icmp.type')} ${sequence}`;
}
