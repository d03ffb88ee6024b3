import type { Frame } from '../../../packets/frame.ts';
import { LAYER_NAMES } from '../../../packets/layers.ts';

/** The protocols of a packet, made once for all packets that have the same ones. */
export interface Path {
  /** From 0. */
  number: number;
  /** As in `Packet.layers`. */
  layers: readonly string[];
  quotes: boolean;
  /** As tshark writes it. */
  text: string;
  /** Longer paths tell more of a conversation. */
  depth: number;
  /** Whether it is encrypted once both sides have introduced themselves. */
  isSealed: boolean;
  /** Whether an IP header is among the layers, whole or not. */
  isIp: boolean;
  /** Whether our own reader understands the innermost protocol as well as tables need it. */
  understood: boolean;
}

/** Protocols of which no table asks for more than our own reader tells. */
const UNDERSTOOD = new Set([
  'arp',
  'icmp',
  'icmpv6',
  'dns',
  'mdns',
  'llmnr',
  'nbns',
  'dhcp',
  'http',
  'urlencoded-form',
  'tls',
  'ftp',
  'smtp',
  'pop',
  'imap',
  'telnet',
  'quic',
]);
const SEALED = new Set(['tls', 'quic', 'ssh']);

/** Different paths that are told apart; hostile nesting beyond that is made anew for each packet. */
const MOST_PATHS = 4_096;

export interface Paths {
  /** The path of a decoded frame: most packets have the same as the one before. */
  of(frame: Frame): Path;
  at(number: number): Path | undefined;
}

export function createPaths(): Paths {
  const paths: Path[] = [];
  const codes: Uint8Array[] = [];
  const byHash = new Map<number, number[]>();
  let last = -1;

  const isAt = (index: number, { layers, depth }: Frame): boolean => {
    const code = codes[index];
    if (code === undefined || code.length !== depth) return false;
    for (let at = 0; at < depth; at += 1) if (code[at] !== layers[at]) return false;
    return true;
  };
  const find = (frame: Frame): Path => {
    const hash = hashOf(frame);
    const candidates = byHash.get(hash) ?? [];
    const known = candidates.find((index) => isAt(index, frame));
    if (known !== undefined) {
      last = known;
      return paths[known] ?? makePath(known, frame);
    }
    const made = makePath(paths.length, frame);
    if (paths.length >= MOST_PATHS) return { ...made, number: 0 };
    last = paths.length;
    paths.push(made);
    codes.push(frame.layers.slice(0, frame.depth));
    byHash.set(hash, [...candidates, last]);
    return made;
  };
  return {
    of: (frame) => {
      const same = isAt(last, frame) ? paths[last] : undefined;
      return same ?? find(frame);
    },
    at: (number) => paths[number],
  };
}

function hashOf({ layers, depth }: Frame): number {
  let hash = depth;
  for (let at = 0; at < depth; at += 1) hash = (Math.imul(hash, 31) + (layers[at] ?? 0)) | 0;
  return hash;
}

function makePath(number: number, { layers, depth }: Frame): Path {
  const names = Array.from(layers.subarray(0, depth), (code) => LAYER_NAMES[code] ?? '');
  const error = names.findIndex((name) => name === 'icmp' || name === 'icmpv6');
  return {
    number,
    layers: error < 0 ? names : names.slice(0, error + 1),
    quotes: error >= 0 && names.slice(error).some((name) => name === 'ip' || name === 'ipv6'),
    text: names.join(':'),
    depth,
    isSealed: names.some((name) => SEALED.has(name)),
    isIp: (error < 0 ? names : names.slice(0, error + 1)).some((name) => name === 'ip' || name === 'ipv6'),
    understood: names.some((name) => UNDERSTOOD.has(name)),
  };
}
