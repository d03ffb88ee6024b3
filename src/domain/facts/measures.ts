import { z } from 'zod';

export const count = () => z.number().int();

export const packetsAndBytes = {
  packets: count(),
  bytes: count().describe('Bytes on the wire, frame headers included.'),
};

/** How long something took, over all times that it was seen, in milliseconds. */
export const Latency = z.strictObject({
  samples: count().describe('Times that it was measured; the values are exact up to 100,000.'),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
export type Latency = z.infer<typeof Latency>;

export const latency = (what: string) =>
  Latency.nullable().describe(`${what}; null where it was never seen.`);

/** The first rows of a list, and how many there are in all. */
export const topOf = <T extends z.ZodType>(row: T, most: number, order = 'most frequent first') =>
  z.strictObject({
    total: count().describe('Different ones that were seen, shown or not.'),
    shown: z.array(row).describe(`At most ${most}, ${order}.`),
  });

/** A value from packets, cut to 120 characters, and how often it was seen. */
export const Tallied = z.strictObject({ name: z.string(), count: count() });
export const tally = (most: number) => topOf(Tallied, most);

/** null in the sum over several files, and in what an older version wrote. */
export const part = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);
