import type { CallToolResult } from '@modelcontextprotocol/server';
import { CapwrightError } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { oneLine } from './one-line.ts';

/** Where a client finds the failure as data. The output schemas describe answers, so it can't be structured content. */
export const ERROR_META = 'capwright/error';

const MAX_LINE = 2000;

export interface ToolErrorContext {
  tool: string;
  log: Log;
  newErrorId: () => string;
}

/**
 * The one place where an error becomes text for a model: code, what happened, whose turn it is, what to call next.
 * What is not a CapwrightError tells the caller nothing but an id; its stack goes to the log.
 */
export function toErrorResult(error: unknown, context: ToolErrorContext): CallToolResult {
  const known = error instanceof CapwrightError ? error : unexpected(error, context);
  const message = oneLine(known.message, MAX_LINE);
  const next = oneLine(known.next, MAX_LINE);
  const { code, turn, retryable } = known;

  const lines = [
    `${code}: ${message}`,
    `turn: ${turn}${retryable ? ' (the same call may succeed later)' : ''}`,
    `next: ${next}`,
  ];
  return {
    isError: true,
    content: [{ type: 'text', text: lines.join('\n') }],
    _meta: { [ERROR_META]: { code, message, turn, next, retryable } },
  };
}

function unexpected(error: unknown, { tool, log, newErrorId }: ToolErrorContext): CapwrightError {
  const errorId = newErrorId();
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log('error', 'tool failed unexpectedly', { errorId, tool, stack });
  return new CapwrightError(
    'INTERNAL',
    `Capwright met an error it did not expect (error id ${errorId}).`,
    `Call ${tool} once more; if it fails again, give the operator the error id: the server's log has the rest.`,
    error,
  );
}
