import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { CapwrightError } from '../domain/errors.ts';
import type { Clock, Log } from '../ports.ts';
import type { AnyTool } from '../../tools/tool.ts';
import { parseArguments } from './arguments.ts';
import { oneLine } from './one-line.ts';
import { createProgressSender, type ProgressSender } from './progress.ts';
import { toErrorResult } from './tool-error.ts';

/** One line of a summary; a long explanation belongs into the structured content. */
const MAX_SUMMARY_LINE = 500;

export interface CallDeps {
  log: Log;
  clock: Clock;
  newErrorId: () => string;
  /** Aborted when the server stops: calls end then as if the caller had left, but are still answered. */
  stopping: AbortSignal;
}

/** Runs one tool call from raw arguments to result. It never rejects. */
export async function callTool(
  tool: AnyTool,
  args: unknown,
  request: ServerContext['mcpReq'],
  deps: CallDeps,
): Promise<CallToolResult> {
  const progress = progressTo(request, deps.clock);
  const signal = AbortSignal.any([request.signal, deps.stopping]);
  try {
    const input = parseArguments(tool, args);
    const output = await tool.run(input, { signal, progress: progress.report });
    return toAnswer(tool, output);
  } catch (error) {
    const told = signal.aborted ? interrupted(tool, error, deps) : error;
    return toErrorResult(told, { tool: tool.name, ...deps });
  } finally {
    await progress.stop();
  }
}

function toAnswer(tool: AnyTool, output: unknown): CallToolResult {
  const structuredContent = tool.output.parse(output);
  const lines = tool.summary(structuredContent).map((line) => oneLine(line, MAX_SUMMARY_LINE));
  return { structuredContent, content: [{ type: 'text', text: lines.join('\n') }] };
}

/** Notifications go only to a client that asked for them with a token. */
function progressTo(request: ServerContext['mcpReq'], clock: Clock): ProgressSender {
  const { _meta: meta } = request;
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return { report: () => undefined, stop: async () => undefined };
  return createProgressSender(
    (params) => request.notify({ method: 'notifications/progress', params: { progressToken, ...params } }),
    clock,
  );
}

/** What an interrupted call failed with: its own reason where it has one, else the interruption itself. */
function interrupted(tool: AnyTool, error: unknown, { log, stopping }: CallDeps): CapwrightError {
  if (error instanceof CapwrightError && error.code !== 'CANCELLED') return error;
  log('info', 'call interrupted', { tool: tool.name, by: stopping.aborted ? 'server' : 'caller' });
  return new CapwrightError(
    'CANCELLED',
    stopping.aborted ? 'The server is stopping and ended this call.' : 'The caller ended this call.',
    `Call ${tool.name} again with the same arguments; a task goes on where it was.`,
    error,
  );
}
