import { InMemoryTransport } from '@modelcontextprotocol/server';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createServerFactory } from '../../src/server/build-server.ts';
import { createDrain } from '../../src/server/drain.ts';
import { QUESTION, SCENARIO, startView } from '../fakes/use-cases.ts';
import { clock, serverDeps } from './deps.ts';
import { startHttp, stdioCommand } from './doors.ts';

type Reply =
  | { action: 'accept'; content: Record<string, boolean> }
  | { action: 'decline' }
  | { action: 'cancel' };
type Mode = 'auto' | 'legacy';

const YES: Reply = { action: 'accept', content: { approve: true } };
const start = { name: 'start_capture', arguments: { target: SCENARIO.approvedVm } };

let ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.toReversed()) await end();
  ending = [];
});

/** A client whose person answers every question with the same word, and what it was asked. */
async function connect(
  transport: Transport,
  mode: Mode,
  reply: Reply | (() => Promise<Reply>),
  kinds: 'forms' | 'links' = 'forms',
) {
  const questions: string[] = [];
  const client = new Client(
    { name: 'test', version: '1' },
    {
      capabilities: { elicitation: kinds === 'forms' ? { form: {} } : { url: {} } },
      versionNegotiation: { mode },
    },
  );
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    questions.push(params.message);
    return typeof reply === 'function' ? reply() : reply;
  });
  await client.connect(transport);
  ending.push(() => client.close());
  return { client, questions };
}

async function overHttp(): Promise<Transport> {
  const { server } = await startHttp();
  ending.push(() => server.close());
  return new StreamableHTTPClientTransport(new URL(server.url));
}

async function overStdio(): Promise<Transport> {
  return new StdioClientTransport(stdioCommand());
}

/** A server of the 2025 era in this process, with as much patience as the test wants. */
async function inProcess(answerMs: number): Promise<Transport> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const deps = {
    ...serverDeps(
      () => {},
      () => {},
    ),
    answerMs,
  };
  const server = await createServerFactory(deps, createDrain(clock, 0))({ era: 'legacy' });
  await server.connect(theirs);
  return ours;
}

const text = (result: object): string => JSON.stringify(result);

/** Every way by which a client comes in whose person can be asked. */
const ASKING: { door: string; mode: Mode; open: () => Promise<Transport> }[] = [
  { door: 'HTTP, 2026-07-28', mode: 'auto', open: overHttp },
  { door: 'stdio, 2026-07-28', mode: 'auto', open: overStdio },
  { door: 'stdio, 2025-11-25', mode: 'legacy', open: overStdio },
];

describe.each(ASKING)('an approval through $door', ({ open, mode }) => {
  it('is asked of the person, who sees all of it, and then the call goes on', async () => {
    const { client, questions } = await connect(await open(), mode, YES);

    const result = await client.callTool(start);

    expect(questions).toEqual([QUESTION]);
    expect(result.structuredContent).toEqual(startView());
  });

  it.each<[string, Reply, string]>([
    ['declines', { action: 'decline' }, 'The user declined it; nothing was done.'],
    ['closes the question', { action: 'cancel' }, 'closed the question without an answer; nothing was done.'],
    ['accepts a form that says no', { action: 'accept', content: { approve: false } }, 'nothing was done.'],
    ['accepts an empty form', { action: 'accept', content: {} }, 'nothing was done.'],
  ])(
    'is refused where the person %s, with nothing done and no plan to go around it',
    async (_what, reply, words) => {
      const { client, questions } = await connect(await open(), mode, reply);

      const result = await client.callTool(start);

      expect(questions).toHaveLength(1);
      expect(result.isError).toBe(true);
      expect(text(result)).toContain('APPROVAL_DECLINED');
      expect(text(result)).toContain(words);
      expect(text(result)).toContain('next: Ask the user');
      expect(JSON.stringify(result)).not.toContain('plan-1');
    },
  );

  it('is asked of the person even where the call brings a plan', async () => {
    const { client, questions } = await connect(await open(), mode, { action: 'decline' });

    const result = await client.callTool({ ...start, arguments: { ...start.arguments, plan_id: 'plan-1' } });

    expect(questions).toHaveLength(1);
    expect(text(result)).toContain('APPROVAL_DECLINED');
  });

  it('takes two calls where the client shows no forms, only links', async () => {
    const { client, questions } = await connect(await open(), mode, YES, 'links');

    const first = await client.callTool(start);
    const second = await client.callTool({ ...start, arguments: { ...start.arguments, plan_id: 'plan-1' } });

    expect(questions).toEqual([]);
    expect(first.structuredContent).toMatchObject({ status: 'approval_required', task_id: null });
    expect(second.structuredContent).toEqual(startView());
  });
});

const NOT_ASKING: { door: string; open: () => Promise<{ client: Client }> }[] = [
  {
    door: 'HTTP, 2025-11-25, for whom no connection waits',
    open: async () => connect(await overHttp(), 'legacy', YES),
  },
  { door: 'HTTP, 2026-07-28, without elicitation', open: async () => mute(await overHttp(), 'auto') },
  { door: 'stdio, 2026-07-28, without elicitation', open: async () => mute(await overStdio(), 'auto') },
  { door: 'stdio, 2025-11-25, without elicitation', open: async () => mute(await overStdio(), 'legacy') },
];

async function mute(transport: Transport, mode: Mode) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  ending.push(() => client.close());
  return { client };
}

describe.each(NOT_ASKING)('an approval through $door', ({ open }) => {
  it('takes two calls, the first of which shows all and does nothing', async () => {
    const { client } = await open();

    const first = await client.callTool(start);
    const second = await client.callTool({ ...start, arguments: { ...start.arguments, plan_id: 'plan-1' } });

    expect(first.isError).toBeUndefined();
    expect(first.structuredContent).toMatchObject({
      status: 'approval_required',
      approval: { plan_id: 'plan-1', question: QUESTION },
    });
    expect(text(first)).toContain('PUT https://management.azure.com/subscriptions/s');
    expect(second.structuredContent).toEqual(startView());
  });

  it('refuses a plan that it does not know', async () => {
    const { client } = await open();

    const result = await client.callTool({ ...start, arguments: { ...start.arguments, plan_id: 'forged' } });

    expect(text(result)).toContain('UNKNOWN_PLAN');
  });
});

describe('a person who does not answer', () => {
  it('is waited for only so long', async () => {
    const { client, questions } = await connect(await inProcess(50), 'legacy', () => new Promise(() => {}));

    const result = await client.callTool(start);

    expect(questions).toHaveLength(1);
    expect(text(result)).toContain('APPROVAL_UNANSWERED');
    expect(text(result)).toContain('nothing was done');
  });

  it('is not waited for any more once the call is cancelled', async () => {
    const cancel = new AbortController();
    const asked = Promise.withResolvers<Reply>();
    const { client } = await connect(await inProcess(60_000), 'legacy', () => {
      cancel.abort('enough');
      return asked.promise;
    });

    await expect(client.callTool(start, { signal: cancel.signal })).rejects.toThrow();
    asked.resolve(YES);
    await expect(client.listTools()).resolves.toMatchObject({ tools: expect.any(Array) });
  });

  it('lets the server end, and the call with it', async () => {
    const drain = createDrain(clock, 1000);
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    const deps = serverDeps(
      () => {},
      () => {},
    );
    const server = await createServerFactory(deps, drain)({ era: 'legacy' });
    await server.connect(theirs);
    const { client } = await connect(ours, 'legacy', async () => {
      void drain.drain();
      return new Promise(() => {});
    });

    expect(text(await client.callTool(start))).toContain('CANCELLED: The server is stopping');
  });

  it('hears that the call still lives while it is thought over', async () => {
    const heard = Promise.withResolvers<Reply>();
    const { client } = await connect(await inProcess(60_000), 'legacy', () => heard.promise);

    const result = await client.callTool(start, {
      onprogress: ({ message }) => {
        if (message?.includes('waiting for the user') === true) heard.resolve(YES);
      },
    });

    expect(result.structuredContent).toEqual(startView());
  });
});

describe('a client that can not do what it says', () => {
  it('and has no way to ask gets the two calls', async () => {
    const client = new Client(
      { name: 'test', version: '1' },
      { capabilities: { elicitation: {} }, versionNegotiation: { mode: 'legacy' } },
    );
    await client.connect(await inProcess(60_000));
    ending.push(() => client.close());

    const result = await client.callTool(start);

    expect(result.structuredContent).toMatchObject({ status: 'approval_required' });
  });

  it('and fails to ask has approved nothing', async () => {
    const { client } = await connect(await inProcess(60_000), 'legacy', () =>
      Promise.reject(new Error('the window broke')),
    );

    const result = await client.callTool(start);

    expect(text(result)).toContain('APPROVAL_UNANSWERED');
    expect(text(result)).not.toContain('window');
  });
});

async function openOld(reply: Reply, transport: OldStdioTransport | OldHttpTransport) {
  const questions: string[] = [];
  const client = new OldClient({ name: 'old', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    questions.push(params.message);
    return reply;
  });
  await client.connect(transport);
  ending.push(() => client.close());
  return { client, questions };
}

describe('a client built on the SDK before this one', () => {
  it('is asked over stdio, and its yes and its no count', async () => {
    const yes = await openOld(YES, new OldStdioTransport(stdioCommand()));
    const no = await openOld({ action: 'decline' }, new OldStdioTransport(stdioCommand()));

    expect((await yes.client.callTool(start)).structuredContent).toEqual(startView());
    expect(text(await no.client.callTool(start))).toContain('APPROVAL_DECLINED');
    expect([...yes.questions, ...no.questions]).toEqual([QUESTION, QUESTION]);
  });

  it('takes two calls over HTTP', async () => {
    const { server } = await startHttp();
    ending.push(() => server.close());
    const { client, questions } = await openOld(YES, new OldHttpTransport(new URL(server.url)));

    const first = await client.callTool(start);

    expect(questions).toEqual([]);
    expect(first.structuredContent).toMatchObject({ status: 'approval_required' });
  });
});
