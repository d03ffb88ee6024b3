import { z } from 'zod';

/** What came of running a finding's filter again, over the capture or over the packets that the finding cites. */
export const EvidenceCheck = z.strictObject({
  result: z
    .enum(['confirmed', 'mismatch', 'not checked'])
    .describe('mismatch: the filter does not match what the finding says, which lowers its confidence.'),
  over: z
    .enum(['whole capture', 'cited frames'])
    .nullable()
    .describe('What the filter was run over; null where it was not run.'),
  matched: z
    .number()
    .int()
    .nullable()
    .describe(
      'Frames of the whole capture that the filter matches; null where it was not run over all of it.',
    ),
  note: z.string().describe('What was compared, what differs, or why nothing was checked.'),
});
export type EvidenceCheck = z.infer<typeof EvidenceCheck>;

/** The check of a filter that was not run. */
export const notChecked = (why: string): EvidenceCheck => ({
  result: 'not checked',
  over: null,
  matched: null,
  note: why,
});

/** Stands until a check has been made. */
export const UNCHECKED: EvidenceCheck = notChecked('No check was made.');
