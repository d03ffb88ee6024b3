import {
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  METHOD_NOT_FOUND,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type ElicitRequestFormParams,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { CapwrightError } from '../domain/errors.ts';
import type { ApprovalNeeded } from '../domain/approval.ts';
import type { CallContext, Clock } from '../ports.ts';

/** How long a person may take to answer, in milliseconds: hosts give up on a call soon after. */
export const ANSWER_MS = 240_000;

/** While a person thinks, the client hears this often that the call still lives, in milliseconds. */
const HEARTBEAT_MS = 10_000;

/** Our name for the one question of a call. */
const KEY = 'approval';

export type Answer = 'approved' | 'declined' | 'closed' | 'unanswered';

/** What came of asking: an answer; a question that the client answers with a new call; or that it can't ask at all. */
export type Asked = Answer | InputRequiredResult | 'unable';

/** The person behind the client of one call, as far as the protocol lets us reach them. */
export interface Person {
  canBeAsked: boolean;
  /** The answer that this call brings along to a question of the call before it; null where it brings none. */
  answered: { planId: string; answer: Answer } | null;
  ask(needed: ApprovalNeeded, call: CallContext): Promise<Asked>;
}

export interface Client {
  era: 'legacy' | 'modern';
  request: ServerContext['mcpReq'];
  /** As a client of the 2025 era declared them for its connection; without a connection there are none. */
  declared: unknown;
}

/**
 * The two ways of asking. Since 2026 the question is the answer to the call, and the client calls again with the
 * person's word: no connection is held open, and any process can go on. Before, it is a request to the client while
 * the call waits.
 */
export function personBehind(
  { era, request, declared }: Client,
  { clock, answerMs }: { clock: Clock; answerMs: number },
): Person {
  const isModern = era === 'modern';
  return {
    canBeAsked: hasForms(
      isModern ? Reflect.get(request.envelope ?? {}, CLIENT_CAPABILITIES_META_KEY) : declared,
    ),
    answered: isModern ? answerIn(request) : null,
    ask: async ({ planId, question }, call) => {
      const form = formOf(question);
      return isModern
        ? // The state is an unguessable name of a plan that is bound to its arguments: nothing in it could be forged.
          inputRequired({ inputRequests: { [KEY]: inputRequired.elicit(form) }, requestState: planId })
        : whileAlive(call, clock, () => askNow(request, form, { answerMs, signal: call.signal }));
    },
  };
}

/** Throws unless the person said yes. */
export function mustBeApproved(answer: Answer, tool: string): void {
  switch (answer) {
    case 'approved':
      return;
    case 'declined':
    case 'closed':
      throw new CapwrightError(
        'APPROVAL_DECLINED',
        `${answer === 'declined' ? 'The user declined it' : 'The user closed the question without an answer'}; nothing was done.`,
        `Ask the user what they want instead; call ${tool} again only if they ask for it.`,
      );
    case 'unanswered':
      throw new CapwrightError(
        'APPROVAL_UNANSWERED',
        'The user was asked and gave no answer in time; nothing was done.',
        `Call ${tool} again with the same arguments when the user is there to answer.`,
      );
  }
}

const Kind = z.looseObject({}).optional();
const Capabilities = z.object({ elicitation: z.object({ form: Kind, url: Kind }).optional() });

/** Forms are what a client means that names no kind of its own. */
function hasForms(declared: unknown): boolean {
  const elicitation = Capabilities.safeParse(declared).data?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** A client that accepts every form by itself, with nothing filled in, has not said yes. */
function formOf(question: string): ElicitRequestFormParams {
  return {
    mode: 'form',
    message: question,
    requestedSchema: {
      type: 'object',
      properties: { approve: { type: 'boolean', title: 'Yes, carry this out' } },
      required: ['approve'],
    },
  };
}

function answerIn(request: ServerContext['mcpReq']): Person['answered'] {
  const state = request.requestState();
  const response = inputResponse(request.inputResponses, KEY);
  return typeof state === 'string' && response.kind === 'elicit'
    ? { planId: state, answer: meaningOf(response) }
    : null;
}

async function askNow(
  request: ServerContext['mcpReq'],
  params: ElicitRequestFormParams,
  { answerMs, signal }: { answerMs: number; signal: AbortSignal },
): Promise<Answer | 'unable'> {
  try {
    const sent = { method: 'elicitation/create', params: { ...params } } as const;
    return meaningOf(await request.send(sent, { timeout: answerMs, signal }));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProtocolError) {
      return error.code === METHOD_NOT_FOUND ? 'unable' : 'unanswered';
    }
    if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
      return 'unanswered';
    }
    throw error;
  }
}

function meaningOf({ action, content }: { action: string; content?: Record<string, unknown> }): Answer {
  if (action === 'accept') {
    return content?.['approve'] === true ? 'approved' : 'declined';
  }
  return action === 'decline' ? 'declined' : 'closed';
}

/** Hosts end calls that they hear nothing of; progress tells them that this one waits for their user. */
async function whileAlive<T>({ progress }: CallContext, clock: Clock, act: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const beating = (async () => {
    while (!over.signal.aborted) {
      progress({ fraction: null, message: 'waiting for the user to approve' });
      await clock.sleep(HEARTBEAT_MS, over.signal);
    }
  })();
  try {
    return await act();
  } finally {
    over.abort();
    await beating;
  }
}
