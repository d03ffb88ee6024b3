import { z } from 'zod';
import { maskSecrets } from '../domain/secrets.ts';
import { MAX_REMARK_CHARS, MAX_REMARKS, MAX_SUMMARY_CHARS, type ModelProse } from '../domain/report-input.ts';
import { parseReply } from './parse-reply.ts';

const Remark = z
  .object({
    finding_ids: z.array(z.string()).default([]),
    command_ids: z.array(z.string()).default([]),
    text: z.string(),
  })
  .transform(({ finding_ids, command_ids, text }) => ({
    findingIds: finding_ids,
    commandIds: command_ids,
    text: told(text, MAX_REMARK_CHARS),
  }));

/** Models without structured output tend to answer with one text; it stands as a remark that cites nothing. */
const Remarks = z
  .union([
    z.array(Remark),
    z
      .string()
      .transform((text) =>
        text.trim() === '' ? [] : [{ findingIds: [], commandIds: [], text: told(text, MAX_REMARK_CHARS) }],
      ),
  ])
  .transform((remarks) => remarks.slice(0, MAX_REMARKS));

const Prose = z
  .object({
    executive_summary: z.string().trim().min(1),
    notable_findings: Remarks,
    recommendations: Remarks,
  })
  .transform((reply): ModelProse => ({
    executiveSummary: told(reply.executive_summary, MAX_SUMMARY_CHARS),
    notableFindings: reply.notable_findings,
    recommendations: reply.recommendations,
  }));

const REMARKS_SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      finding_ids: { type: 'array', items: { type: 'string' }, description: 'Ids such as F1; may be empty.' },
      command_ids: {
        type: 'array',
        items: { type: 'string' },
        description: 'Ids such as C4 of commands whose output it rests on; may be empty.',
      },
      text: { type: 'string' },
    },
    required: ['finding_ids', 'command_ids', 'text'],
    additionalProperties: false,
  },
};
/** JSON Schema of the reporter's reply. */
export const PROSE_SCHEMA = {
  type: 'object',
  properties: {
    executive_summary: { type: 'string' },
    notable_findings: REMARKS_SCHEMA,
    recommendations: REMARKS_SCHEMA,
  },
  required: ['executive_summary', 'notable_findings', 'recommendations'],
  additionalProperties: false,
};

/** What is checked is what is shown: cut to the length that a report has room for, secrets masked. */
const told = (text: string, max: number): string => maskSecrets(text.slice(0, max).toWellFormed());

/** The reporter's prose, or null where the reply is not in the agreed form. */
export const parseProse = (reply: string): ModelProse | null => parseReply(reply, Prose);
