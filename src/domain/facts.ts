import { z } from 'zod';

const packetsAndBytes = {
  packets: z.number().int(),
  bytes: z.number().int().describe('Bytes on the wire, frame headers included.'),
};

export const CaptureIdentity = z.strictObject({
  sha256: z.string(),
  bytes: z.number().int().describe('Size of the file.'),
  format: z.string().describe('pcap, pcapng, or what the magic bytes said.'),
  linkTypes: z.array(z.string()),
  packets: z.number().int(),
  dataBytes: z.number().int().describe('Sum of the frame lengths on the wire.'),
  durationSeconds: z.number(),
  firstPacketAt: z.string().nullable().describe('ISO 8601, UTC.'),
  lastPacketAt: z.string().nullable().describe('ISO 8601, UTC.'),
  snappedPackets: z.number().int().describe('Packets of which only a part was recorded.'),
  damaged: z
    .string()
    .nullable()
    .describe('What is wrong with the file itself (cut short, broken record), or null.'),
});

export const Conversation = z.strictObject({
  a: z.string(),
  b: z.string(),
  ...packetsAndBytes,
  packetsAToB: z.number().int(),
  packetsBToA: z.number().int(),
  bytesAToB: z.number().int(),
  bytesBToA: z.number().int(),
  startSeconds: z.number().describe('Since the first packet.'),
  durationSeconds: z.number(),
});

export const Endpoint = z.strictObject({
  address: z.string(),
  ...packetsAndBytes,
  sentPackets: z.number().int(),
  receivedPackets: z.number().int(),
  sentBytes: z.number().int(),
  receivedBytes: z.number().int(),
});

export const ProtocolShare = z.strictObject({
  protocol: z.string().describe('Path from the link layer up, as tshark names it: eth:ip:tcp:http.'),
  ...packetsAndBytes,
});

export const TcpHealth = z.strictObject({
  connections: z.number().int(),
  established: z.number().int(),
  refused: z.number().int(),
  unanswered: z.number().int(),
  retransmissions: z.number().int(),
  duplicateAcks: z.number().int(),
  outOfOrder: z.number().int(),
  lostSegments: z.number().int().describe('Segments missing from the capture or the network.'),
  zeroWindows: z.number().int(),
  resets: z.number().int(),
  medianHandshakeMs: z.number().nullable(),
});

export const DnsHealth = z.strictObject({
  queries: z.number().int(),
  responses: z.number().int(),
  unanswered: z.number().int(),
  rcodes: z.record(z.string(), z.number().int()).describe('Response code name to count.'),
  medianLatencyMs: z.number().nullable(),
});

/** Everything measured in one capture before any model speaks. */
export const CaptureFacts = z.strictObject({
  capture: CaptureIdentity,
  conversations: z.array(Conversation).describe('By bytes, largest first, at most 200.'),
  endpoints: z.array(Endpoint).describe('By bytes, largest first, at most 200.'),
  protocols: z.array(ProtocolShare),
  tcp: TcpHealth,
  dns: DnsHealth,
  notes: z.array(z.string()).describe('Limits of the measurement, in our own words.'),
});
export type CaptureFacts = z.infer<typeof CaptureFacts>;
