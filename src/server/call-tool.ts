import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { ApprovalNeeded, type Consent } from '../domain/approval.ts';
import { CapwrightError } from '../domain/errors.ts';
import { stripControlsDeep } from '../domain/untrusted.ts';
import type { CallContext, Clock, Log } from '../ports.ts';
import type { AnyTool } from '../../tools/tool.ts';
import { parseArguments } from './arguments.ts';
import { modelBehind } from './host-model.ts';
import { oneLine } from './one-line.ts';
import { ANSWER_MS, mustBeApproved, personBehind, type Client, type Person } from './person.ts';
import { createProgressSender, type ProgressSender } from './progress.ts';
import { toErrorResult } from './tool-error.ts';

/** One line of a summary; a long explanation belongs into the structured content. */
const MAX_SUMMARY_LINE = 500;

export interface CallDeps {
  log: Log;
  clock: Clock;
  newErrorId: () => string;
  /** How long a person may take to approve, in milliseconds, where the call waits for it. */
  answerMs?: number | undefined;
  /** Whether the host's own model may be asked. */
  sampling?: boolean | undefined;
  /** Aborted when the server stops: calls end then as if the caller had left, but are still answered. */
  stopping: AbortSignal;
}

/** Runs one tool call from raw arguments to result, or to a question for the person behind it. It never rejects. */
export async function callTool(
  tool: AnyTool,
  args: unknown,
  client: Client,
  deps: CallDeps,
): Promise<CallToolResult | InputRequiredResult> {
  const { request } = client;
  const progress = progressTo(request, deps.clock);
  const signal = AbortSignal.any([request.signal, deps.stopping]);
  const person = personBehind(client, { clock: deps.clock, answerMs: deps.answerMs ?? ANSWER_MS });
  try {
    const model = deps.sampling === true ? modelBehind(client) : null;
    const call = { signal, progress: progress.report, ...(model && { model }) };
    const output = await runApproved(tool, args, person, call);
    return output instanceof Question ? output.result : toAnswer(tool, output);
  } catch (error) {
    const told = signal.aborted ? interrupted(tool, error, deps) : error;
    return toErrorResult(told, { tool: tool.name, ...deps });
  } finally {
    await progress.stop();
  }
}

/** Not an answer of the tool, but what has to be asked first. */
class Question {
  readonly result: InputRequiredResult;
  constructor(result: InputRequiredResult) {
    this.result = result;
  }
}

/** Runs the tool; where it waits for an approval, the person is asked, and their yes is the second call with the plan. */
async function runApproved(
  tool: AnyTool,
  args: unknown,
  person: Person,
  call: CallContext,
): Promise<unknown> {
  const run = (consent: Consent, planId?: string): Promise<unknown> => {
    const whole = planId === undefined ? args : { ...Object(args), plan_id: planId };
    return tool.run(parseArguments(tool, whole), { ...call, consent });
  };
  if (person.answered !== null) {
    mustBeApproved(person.answered.answer, tool.name);
    return run('given', person.answered.planId);
  }
  try {
    return await run(person.canBeAsked ? 'can be asked' : 'nobody to ask');
  } catch (error) {
    if (!(error instanceof ApprovalNeeded)) throw error;
    const asked = await person.ask(error, call);
    if (typeof asked === 'object') return new Question(asked);
    if (asked === 'unable') return run('nobody to ask');
    mustBeApproved(asked, tool.name);
    return run('given', error.planId);
  }
}

function toAnswer(tool: AnyTool, output: unknown): CallToolResult {
  const structuredContent = tool.output.parse(stripControlsDeep(output));
  const lines = tool.summary(structuredContent).map((line) => oneLine(line, MAX_SUMMARY_LINE));
  const links = tool.links?.(structuredContent) ?? [];
  return {
    structuredContent,
    content: [
      { type: 'text', text: lines.join('\n') },
      ...links.map((link) => ({ type: 'resource_link' as const, ...link })),
    ],
  };
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
