import type { Failure } from './errors.ts';

/** Bytes of a file's beginning that are enough to tell what it is. */
export const SNIFFED_BYTES = 256;

const CAPTURES = new Map<string, 'pcap' | 'pcapng'>([
  ['d4c3b2a1', 'pcap'],
  ['a1b2c3d4', 'pcap'],
  ['4d3cb2a1', 'pcap'],
  ['a1b23c4d', 'pcap'],
  ['0a0d0d0a', 'pcapng'],
]);

/** How a whole file is packed that is read all the same. */
export type Packing = 'gzip' | 'zstd';

const PACKINGS: { magic: string; packing: Packing }[] = [
  { magic: '1f8b', packing: 'gzip' },
  { magic: '28b52ffd', packing: 'zstd' },
];

/** How the file is packed, by its first bytes; null where it is not, or not so that it would be read. */
export function packingOf(beginning: Uint8Array): Packing | null {
  const start = hex(beginning.subarray(0, 4));
  return PACKINGS.find(({ magic }) => start.startsWith(magic))?.packing ?? null;
}

/**
 * The format of a capture by its first bytes, never by its name; or why it is none, and what helps. `packing` says
 * that the bytes were packed.
 */
export function kindOf(
  beginning: Uint8Array,
  packing: Packing | null = null,
): { format: 'pcap' | 'pcapng' } | { failure: Failure } {
  const format = CAPTURES.get(hex(beginning.subarray(0, 4)));
  if (format !== undefined) {
    return { format };
  }
  const { message, next } = reasonOf(beginning);
  const prefix = packing === null ? '' : `The file is packed with ${packing}. Of what is in it: `;
  return { failure: { code: 'NOT_A_CAPTURE', message: `${prefix}${message}`, next } };
}

type Reason = Pick<Failure, 'message' | 'next'>;

const OTHER_FORMS: { magic: string; reason: Reason }[] = [
  { magic: '474d4255', reason: other('Microsoft Network Monitor (NetMon 2)') },
  { magic: '52545353', reason: other('Microsoft Network Monitor (NetMon 1)') },
  { magic: '736e6f6f70', reason: other('snoop') },
  { magic: '504b0304', reason: packed('zip', 'unzip') },
  { magic: '04224d18', reason: packed('lz4', 'unlz4') },
  { magic: '425a68', reason: packed('bzip2', 'bunzip2') },
  { magic: 'fd377a585a00', reason: packed('xz', 'unxz') },
  { magic: '1f8b', reason: packed('gzip once more', 'gunzip') },
  { magic: '28b52ffd', reason: packed('zstd once more', 'unzstd') },
];

function reasonOf(beginning: Uint8Array): Reason {
  if (beginning.length === 0) {
    return {
      message: 'The file is empty.',
      next: 'Capture again: an empty file tells nothing, not even that there was no traffic.',
    };
  }
  const start = hex(beginning);
  const known = OTHER_FORMS.find(({ magic }) => start.startsWith(magic));
  return known?.reason ?? document(beginning) ?? NO_CAPTURE;
}

const NO_CAPTURE: Reason = {
  message: 'The file is no packet capture: its first bytes are neither pcap nor pcapng.',
  next: 'Give a .cap, .pcap or .pcapng file as tcpdump, Wireshark or Network Watcher write it; gzip or zstd may be around it.',
};

/** What proxies, sign-in pages and storage accounts answer in place of a file. */
function document(beginning: Uint8Array): Reason | null {
  const text = new TextDecoder('latin1')
    .decode(beginning)
    .replace(/^\u{ef}\u{bb}\u{bf}/u, '')
    .trimStart()
    .toLowerCase();
  const found = DOCUMENTS.find(({ pattern }) => pattern.test(text));
  return found === undefined
    ? null
    : {
        message: `The file is no packet capture but ${found.kind}, such as an error that was stored in its place.`,
        next: 'Look at the beginning of the file for what went wrong where it came from, then capture or download it again.',
      };
}

const DOCUMENTS = [
  { pattern: /^<(?:!doctype html|html)\b/, kind: 'an HTML page' },
  { pattern: /^<(?:\?xml|error)\b/, kind: 'an XML document' },
  { pattern: /^[{[]\s*["{[\]}]/, kind: 'a JSON document' },
];

function other(format: string): Reason {
  return {
    message: `The file is a capture in the format of ${format}, which is not analysed here.`,
    next: 'Convert it with `editcap -F pcapng FILE NEW_FILE` (it comes with Wireshark), then call analyze_pcap with the new file.',
  };
}

function packed(how: string, command: string): Reason {
  return {
    message: `The file is no packet capture but packed with ${how}.`,
    next: `Only gzip and zstd are unpacked here, once. Unpack it with \`${command}\`, then call analyze_pcap with what was in it.`,
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
