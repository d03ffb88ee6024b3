import { hexByte, u16 } from './bytes.ts';

/** A MAC address as tshark prints it: 00:0c:29:6e:1b:2c. */
export function macText(bytes: Uint8Array, at: number): string {
  let text = hexByte(bytes[at] ?? 0);
  for (let index = 1; index < 6; index += 1) text += `:${hexByte(bytes[at + index] ?? 0)}`;
  return text;
}

/** An IPv4 address in dotted decimal. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at] ?? 0}.${bytes[at + 1] ?? 0}.${bytes[at + 2] ?? 0}.${bytes[at + 3] ?? 0}`;
}

/** An IPv6 address in the canonical form of RFC 5952, with dotted decimal where inet_ntop has it. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16(bytes, at + 2 * index));
  const gap = longestZeros(groups);
  const embedsV4 = gap.start === 0 && (gap.length === 6 || (gap.length === 5 && groups[5] === 0xffff));
  if (embedsV4) return `${gap.length === 6 ? '::' : '::ffff:'}${ipv4Text(bytes, at + 12)}`;
  const text = groups.map((group) => group.toString(16));
  if (gap.length < 2) return text.join(':');
  return `${text.slice(0, gap.start).join(':')}::${text.slice(gap.start + gap.length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end += 1;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
