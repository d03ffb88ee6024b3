/** Which packets of a capture somebody wants to see. */
export type FlowQuery =
  | { kind: 'stream'; transport: 'tcp' | 'udp'; stream: number }
  /** TCP and UDP between two hosts, or of one where `b` is null. */
  | { kind: 'between'; a: FlowEnd; b: FlowEnd | null }
  | { kind: 'frames'; from: number; to: number };

/** A host as reports write it: IPv4 in dots, IPv6 in its shortest form. `port` null means any. */
export interface FlowEnd {
  address: string;
  port: number | null;
}

/** `tcp:12`, `udp:3`: a conversation by the number that Wireshark and reports give it; null for anything else. */
export function parseStream(text: string): FlowQuery | null {
  const found = /^(tcp|udp):(\d{1,9})$/.exec(text);
  return found === null
    ? null
    : { kind: 'stream', transport: found[1] === 'tcp' ? 'tcp' : 'udp', stream: Number(found[2]) };
}

/** `17` or `100-200`: frames by their number; null for anything else. */
export function parseFrames(text: string): FlowQuery | null {
  const found = /^(\d{1,12})(?:-(\d{1,12}))?$/.exec(text);
  const from = Number(found?.[1] ?? 0);
  const to = Number(found?.[2] ?? from);
  return from < 1 || to < from ? null : { kind: 'frames', from, to };
}

/** `10.0.0.4`, `10.0.0.4:443,10.0.0.9` or `[fe80::1]:53,fe80::2`: one host or two, with ports or without; null else. */
export function parseBetween(text: string): FlowQuery | null {
  const ends = text.split(',').map(parseEnd);
  const [a, b = null] = ends;
  return ends.length > 2 || ends.includes(null) || a === undefined || a === null
    ? null
    : { kind: 'between', a, b };
}

function parseEnd(text: string): FlowEnd | null {
  const found =
    /^\[([\da-f:.]+)\](?::(\d{1,5}))?$/i.exec(text) ??
    /^((?:\d{1,3}\.){3}\d{1,3})(?::(\d{1,5}))?$/.exec(text) ??
    /^([\da-f]*(?::[\da-f.]*){2,})$/i.exec(text);
  const address = found === null ? null : canonical(found[1] ?? '');
  const port = found?.[2] === undefined ? null : Number(found[2]);
  return address === null || (port !== null && port > 65_535) ? null : { address, port };
}

/** The one way in which an address is written that may be written in several; null where it is none. */
function canonical(address: string): string | null {
  const host = address.includes(':') ? `[${address}]` : address;
  const parsed = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : null;
  return parsed === null ? null : parsed.replace(/^\[|\]$/g, '');
}
