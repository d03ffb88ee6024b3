import { z } from 'zod';

/** Where in a report a model's sentence stood. */
export const PROSE_SECTIONS = ['Executive Summary', 'Notable Findings', 'Recommendations'] as const;

/** A sentence of a model that was taken out of the report, and why. */
export const StruckSentence = z.strictObject({
  section: z.enum(PROSE_SECTIONS),
  text: z.string().describe('At most 400 characters of it, untrusted.'),
  reasons: z.array(z.string()).describe('At most 6, a sentence each.'),
});
export type StruckSentence = z.infer<typeof StruckSentence>;

/** At most this many struck sentences are kept. */
export const MAX_STRUCK = 40;

/** What came of checking a model's prose against what was measured; zeros where no model wrote. */
export const Verification = z.strictObject({
  claims: z
    .number()
    .int()
    .describe('Numbers, addresses, ports, names, frames, times, filters, severities, kinds and negatives.'),
  confirmed: z.number().int().describe('Of them, borne out, in sentences that are in the report.'),
  struck: z
    .number()
    .int()
    .describe('The others: not borne out, or in a sentence that something else keeps out.'),
  corrected: z.boolean().describe('Whether the model was asked once to mend what was not confirmed.'),
  notConfirmed: z.array(StruckSentence).describe(`At most ${MAX_STRUCK}.`),
  leftOut: z
    .array(z.string())
    .describe('Ids of notable findings that the model left out; the report has them.'),
});
export type Verification = z.infer<typeof Verification>;

/** Of prose that no model wrote, or that was never checked. */
export const NO_VERIFICATION: Verification = {
  claims: 0,
  confirmed: 0,
  struck: 0,
  corrected: false,
  notConfirmed: [],
  leftOut: [],
};
