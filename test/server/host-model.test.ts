import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createServerFactory } from '../../src/server/build-server.ts';
import { createDrain } from '../../src/server/drain.ts';
import { modelBehind } from '../../src/server/host-model.ts';
import { defineTool } from '../../tools/tool.ts';
import { clock, serverDeps } from './deps.ts';

let ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.toReversed()) await end();
  ending = [];
});

/** A tool that asks the model of its caller, if that has one. */
const asking = defineTool({
  name: 'ask',
  title: 'Ask',
  description: 'Asks the model of its caller.',
  input: z.strictObject({}),
  output: z.strictObject({ said: z.string() }),
  effect: 'reads',
  idempotent: true,
  openWorld: false,
  run: async (_, { model, signal }) => {
    if (model === undefined) return { said: 'no model' };
    const wasted: number[] = [];
    const request = { system: 'CONSTANT', user: 'the turn', schema: {}, schemaName: 'plan', maxTokens: 500 };
    const reply = await model.complete({
      ...request,
      signal,
      onWasted: ({ outputTokens }) => wasted.push(outputTokens),
    });
    return { said: `${model.name}: ${reply.text} ${JSON.stringify(reply.usage)}` };
  },
  summary: ({ said }) => [said],
});

type Sampled = { stopReason?: string; text?: string; image?: true; error?: true };

/** What the tool says to a client of the 2025 era, and what that client was asked. */
async function ask(reply: Sampled, { declares = true, sampling = true } = {}) {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const deps = {
    ...serverDeps(
      () => {},
      () => {},
    ),
    tools: [asking],
    sampling,
  };
  const server = await createServerFactory(deps, createDrain(clock, 0))({ era: 'legacy' });
  await server.connect(theirs);
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: declares ? { sampling: {} } : {}, versionNegotiation: { mode: 'legacy' } },
  );
  const asked: unknown[] = [];
  if (declares) {
    client.setRequestHandler('sampling/createMessage', async ({ params }) => {
      asked.push(params);
      if (reply.error === true) throw new Error('text of the host');
      return {
        model: 'host-model-1',
        role: 'assistant',
        stopReason: reply.stopReason ?? 'endTurn',
        content:
          reply.image === true
            ? { type: 'image', data: 'aGk=', mimeType: 'image/png' }
            : { type: 'text', text: reply.text ?? '' },
      };
    });
  }
  await client.connect(ours);
  ending.push(
    () => client.close(),
    () => server.close(),
  );
  return { answer: JSON.stringify(await client.callTool({ name: 'ask', arguments: {} })), asked };
}

describe("the MCP host's own model", () => {
  it('is asked with the constant system prompt and the turn, and its tokens are estimated', async () => {
    const { answer, asked } = await ask({ text: '{"script":"echo x"}' });

    expect(asked).toEqual([
      expect.objectContaining({
        systemPrompt: 'CONSTANT',
        maxTokens: 500,
        includeContext: 'none',
        messages: [{ role: 'user', content: { type: 'text', text: 'the turn' } }],
      }),
    ]);
    expect(answer).toContain('echo x');
    expect(answer).toContain('estimated');
  });

  it('is not asked where the client offers none, or the operator did not choose it', async () => {
    const without = await ask({ text: '{}' }, { declares: false });
    const unwanted = await ask({ text: '{}' }, { sampling: false });

    expect(without.answer).toContain('no model');
    expect(unwanted.answer).toContain('no model');
    expect(unwanted.asked).toEqual([]);
  });

  it.each<[string, Sampled, string]>([
    ['a refusal of the user', { error: true }, 'MODEL_REFUSED'],
    ['a reply that was cut off', { text: '{"scr', stopReason: 'maxTokens' }, 'MODEL_UNAVAILABLE'],
    ['a picture', { image: true }, 'MODEL_UNAVAILABLE'],
  ])('has %s taken for no answer, without a word of the host', async (_, reply, code) => {
    const { answer } = await ask(reply);

    expect(answer).toContain(code);
    expect(answer).not.toContain('text of the host');
  });

  it('can not be asked in the middle of a call of the modern era', () => {
    const client = { era: 'modern', declared: { sampling: {} } } as const;
    const request: Parameters<typeof modelBehind>[0]['request'] = Object.create(null);

    expect(modelBehind({ ...client, request })).toBeNull();
  });
});
