import { concat, long, octets, words } from './bytes.ts';
import { ipFrame, ipProtocol, transportChecksum } from './ip.ts';
import type { Endpoint, Packet } from './link.ts';

/** TCP flag bits. */
export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** One TCP segment; sequence numbers are the absolute ones on the wire. */
export interface TcpSegment {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  /** The raw window field, before scaling. */
  readonly window: number;
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly identification: number;
}

/** The frame of a segment, with correct checksums. */
export function tcpPacket(segment: TcpSegment): Packet {
  const options = segment.options ?? new Uint8Array();
  const message = concat(
    words(segment.source.port, segment.destination.port),
    long(segment.sequence),
    long(segment.acknowledgement),
    octets(((20 + options.length) / 4) << 4, segment.flags),
    words(segment.window, 0, 0),
    options,
    segment.payload ?? new Uint8Array(),
  );
  const packet = {
    source: segment.source.host,
    destination: segment.destination.host,
    protocol: ipProtocol.tcp,
    identification: segment.identification,
    payload: message,
  };
  message.set(words(transportChecksum(packet)), 16);
  return {
    bytes: ipFrame(packet),
    protocol: 'TCP',
    source: { address: segment.source.host.address, port: segment.source.port },
    destination: { address: segment.destination.host.address, port: segment.destination.port },
  };
}

/** What a Linux host offers in its SYN: segment size, selective acknowledgement, window scale 7. */
export function synOptions(maximumSegment: number): Uint8Array {
  return concat(octets(2, 4), words(maximumSegment), octets(4, 2, 1, 3, 3, 7, 1, 1));
}

/** The option that tells which bytes arrived behind a hole. */
export function sackOption(from: number, to: number): Uint8Array {
  return concat(octets(1, 1, 5, 10), long(from), long(to));
}
