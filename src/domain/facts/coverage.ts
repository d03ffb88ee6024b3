import { z } from 'zod';
import { count, part } from './measures.ts';

export const LookedFor = z.strictObject({
  group: z.string(),
  found: z.array(z.string()).describe('Kinds of findings that there are.'),
  notFound: z.array(z.string()).describe('Kinds that were looked for, and of which there is no finding.'),
  state: z
    .enum(['looked', 'limited', 'no_traffic', 'not_judged'])
    .describe(
      'looked: nothing stood in the way. limited: see why. no_traffic: no packet could have shown it. not_judged: nobody looked.',
    ),
  packets: count().describe('Packets that could have shown it.'),
  why: z.string().nullable().describe('What stands in the way, or null.'),
});
export type LookedFor = z.infer<typeof LookedFor>;

/** What a negative rests on: without it, "nothing found" says nothing. */
export const Coverage = z.strictObject({
  packets: count(),
  seconds: z.number(),
  linkTypes: z.array(z.string()),
  payload: z.enum(['whole', 'cut', 'none']).describe('Whether packets were recorded to their end.'),
  filter: z
    .string()
    .nullable()
    .describe('The capture filter, or what makes the capture look filtered; null: nothing does.'),
  groups: z.array(LookedFor),
});
export type Coverage = z.infer<typeof Coverage>;

export const coverageParts = { coverage: part(Coverage) };
