import type { z } from 'zod';
import type { ResultLink } from '../src/domain/results.ts';
import type { CallContext } from '../src/ports.ts';

/** What a tool may do to the world; the annotations that hosts see follow from it in one place. */
export type Effect = 'reads' | 'adds' | 'destroys';

/** One MCP tool: its words and schemas for the calling model, and the use-case behind it. */
export interface Tool<I extends z.ZodType, O extends z.ZodObject> {
  name: string;
  title: string;
  /** Hosts search its first sentence; the rest tells the workflow and how long handles live. */
  description: string;
  /** Strict, and an object at its root: that is all that hosts can show to a model. */
  input: I;
  output: O;
  effect: Effect;
  /** Whether calling twice with the same arguments does no more than calling once. */
  idempotent: boolean;
  /** Whether it reaches beyond this machine. */
  openWorld: boolean;
  run(input: z.infer<I>, call: CallContext): Promise<z.infer<O>>;
  /** The answer in a few lines, one fact a line, for hosts that show no structured content. */
  summary(output: z.infer<O>): string[];
  /** Results that are worth opening after this answer. */
  links?(output: z.infer<O>): ResultLink[];
}

/** A tool whose schemas are not known, as the server holds it. */
export type AnyTool = Tool<z.ZodType, z.ZodObject>;

/** Keeps the schema types of one tool together; does nothing at run time. */
export function defineTool<I extends z.ZodType, O extends z.ZodObject>(tool: Tool<I, O>): Tool<I, O> {
  return tool;
}
