import { addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, isIpv6, type Packet } from '../packet.ts';
import { number } from '../row.ts';

/** Frames recorded twice, besides TCP over IPv4: datagrams, ICMP, and TCP over IPv6. */
export interface Repeats {
  frames: Evidence;
  /** Frames that could have been repeats. */
  comparable: number;
}

/** What tells a packet from all others of its kind, filled again and again. */
interface Mark {
  source: string;
  target: string;
  identification: number;
  bytes: number;
  sourcePort: number;
  targetPort: number;
  checksum: number;
  /** Of TCP, or of an echo message. */
  sequence: number;
  /** ICMP type, -1 where it is none. */
  type: number;
  at: number;
}

const newMark = (): Mark => ({
  source: '',
  target: '',
  identification: 0,
  bytes: 0,
  sourcePort: 0,
  targetPort: 0,
  checksum: 0,
  sequence: 0,
  type: -1,
  at: 0,
});

const WINDOW_FRAMES = 16;
/** With an identification of its own a packet that comes again is the same one. */
const WITH_IDENTITY_SECONDS = 0.1;
/** Without, only what comes again sooner than any sender would repeat it. */
const WITHOUT_SECONDS = 0.002;

/** Finds frames that repeat one recorded a moment before, where neither sequence nor identification is that of TCP over IPv4. */
export function createRepeats() {
  const repeats: Repeats = { frames: noEvidence(), comparable: 0 };
  const recent = Array.from({ length: WINDOW_FRAMES }, newMark);
  let mark = newMark();
  let place = 0;
  return {
    add(packet: Packet): void {
      if (!fill(mark, packet)) return;
      repeats.comparable += 1;
      const within = packet.identification === 0 ? WITHOUT_SECONDS : WITH_IDENTITY_SECONDS;
      for (const seen of recent) {
        if (!isSame(seen, mark) || Math.abs(mark.at - seen.at) > within) continue;
        addEvidence(repeats.frames, packet.frame);
        break;
      }
      const oldest = recent[place] ?? newMark();
      recent[place] = mark;
      mark = oldest;
      place = (place + 1) % WINDOW_FRAMES;
    },
    finish: (): Repeats => repeats,
  };
}

const isSame = (a: Mark, b: Mark): boolean =>
  a.checksum === b.checksum &&
  a.identification === b.identification &&
  a.bytes === b.bytes &&
  a.sequence === b.sequence &&
  a.sourcePort === b.sourcePort &&
  a.targetPort === b.targetPort &&
  a.type === b.type &&
  a.source === b.source &&
  a.target === b.target;

/** False where nothing tells this packet from others of its kind, or where TCP over IPv4 is told elsewhere. */
function fill(mark: Mark, packet: Packet): boolean {
  const { transport, source, target } = packet;
  if (source === null || target === null || packet.quotes) return false;
  mark.source = source;
  mark.target = target;
  mark.identification = packet.identification;
  mark.bytes = packet.bytes;
  mark.at = packet.at;
  mark.sourcePort = transport?.sourcePort ?? 0;
  mark.targetPort = transport?.targetPort ?? 0;
  mark.checksum = transport?.checksum ?? 0;
  mark.sequence = transport?.segment?.sequence ?? 0;
  mark.type = -1;
  if (transport?.kind === 'tcp') {
    // Acknowledgements alone may well come twice.
    return transport.segment !== null && transport.payload > 0 && isIpv6(source);
  }
  // What is said to everybody is often said twice on purpose.
  if (transport !== null) return transport.checksum !== 0 && !isGroupAddress(target);
  const sequence = number(packet.row, 'icmp.seq');
  if (packet.layers.at(-1) === 'arp' || sequence === null || packet.identification === 0) return false;
  mark.sequence = sequence;
  mark.type = number(packet.row, 'icmp.type') ?? 0;
  return true;
}
