import { z } from 'zod';

/** One file of a session that was put together with others: the file itself stays as it was delivered. */
export const CapturePart = z.strictObject({
  name: z.string().describe('File name, without its folder.'),
  bytes: z.number().int(),
  sha256: z.string().describe('Of the whole file as it lies on disk.'),
  packets: z.number().int().describe('Whole packets, all of which are in the combined file.'),
  firstPacketAt: z.string().nullable().describe('ISO 8601, UTC.'),
  lastPacketAt: z.string().nullable().describe('ISO 8601, UTC.'),
  leftOutBytes: z.number().int().describe('Bytes behind the last whole record, not in the combined file.'),
});
export type CapturePart = z.infer<typeof CapturePart>;
