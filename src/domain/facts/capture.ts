import { z } from 'zod';
import { count, part } from './measures.ts';

export const CaptureInterface = z.strictObject({
  name: z.string().nullable(),
  description: z.string().nullable(),
  linkType: z.string(),
  snapLength: count().nullable().describe('Most bytes that were recorded of a packet; null: not limited.'),
  filter: z.string().nullable().describe('Capture filter, where the file tells it.'),
  operatingSystem: z.string().nullable(),
  dropped: count()
    .nullable()
    .describe('Packets that the capturing side says it lost; null: it does not say.'),
});
export type CaptureInterface = z.infer<typeof CaptureInterface>;

/** How far the recording itself can be trusted. */
export const CaptureQuality = z.strictObject({
  dropped: count().nullable().describe('Packets lost by the capturing side, where the file says; else null.'),
  backInTime: count().describe('Packets stamped earlier than the packet in front of them.'),
  duplicateFrames: count().describe('TCP frames over IPv4 that repeat an earlier one bit for bit.'),
  duplicated: z
    .boolean()
    .describe('Whether so many are repeated that counts of retransmissions mean nothing.'),
  oneSidedConnections: count().describe('TCP connections of which one direction was not recorded.'),
  gaps: count().describe('Places in TCP streams at which the recording lacks segments.'),
  gapped: z.boolean().describe('Whether the recording lost packets that their receiver got.'),
  joinedMidway: count().describe('TCP connections that had begun before the capture.'),
  oversizedFrames: count().describe(
    'TCP frames longer than Ethernet carries: segmentation offload, or jumbo.',
  ),
  verdict: z
    .array(z.string())
    .describe('What follows from the above, a sentence each; empty: nothing known.'),
});
export type CaptureQuality = z.infer<typeof CaptureQuality>;

export const CaptureIdentity = z.strictObject({
  sha256: z.string(),
  bytes: count().describe('Size of the file.'),
  format: z.string().describe('pcap, pcapng, or what the magic bytes said.'),
  linkTypes: z.array(z.string()),
  packets: count(),
  dataBytes: count().describe('Sum of the frame lengths on the wire.'),
  durationSeconds: z.number(),
  firstPacketAt: z.string().nullable().describe('ISO 8601, UTC.'),
  lastPacketAt: z.string().nullable().describe('ISO 8601, UTC.'),
  snappedPackets: count().describe('Packets of which only a part was recorded.'),
  damaged: z
    .string()
    .nullable()
    .describe('What is wrong with the file itself (cut short, broken record), or null.'),
  interfaces: z
    .array(CaptureInterface)
    .default([])
    .describe('As the file describes them, at most 16; empty where it was not asked.'),
  application: z.string().nullable().default(null).describe('Program that wrote the file, where it says.'),
  quality: part(CaptureQuality),
});
