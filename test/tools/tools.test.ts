import { Client, StreamableHTTPClientTransport, type Tool } from '@modelcontextprotocol/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTools } from '../../tools/index.ts';
import { createFakeUseCases } from '../fakes/use-cases.ts';
import { startHttp } from '../server/doors.ts';

/** Four characters a token is what hosts reckon with; these are the costs that every conversation pays. */
const CHARACTERS_PER_TOKEN = 4;
const MODEL_TOKENS = 2650;
const LIST_TOKENS = 9800;

let listed: Tool[] = [];
let instructions = '';
beforeAll(async () => {
  const { server } = await startHttp();
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  listed = (await client.listTools()).tools;
  instructions = client.getInstructions() ?? '';
  await client.close();
  await server.close();
});

const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / CHARACTERS_PER_TOKEN);

describe('what clients see of the tools', () => {
  it('has the annotations that follow from what each does', () => {
    const hints = listed.map(({ name, annotations }) => [
      name,
      annotations?.readOnlyHint,
      annotations?.destructiveHint,
      annotations?.idempotentHint,
      annotations?.openWorldHint,
    ]);

    expect(hints).toEqual([
      // readOnly, destructive, idempotent, openWorld
      ['start_capture', false, false, false, true],
      ['check_task', false, false, true, true],
      ['stop_capture', false, true, true, true],
      ['list_tasks', true, false, true, false],
      ['analyze_pcap', false, false, true, true],
      ['cleanup_orphans', false, true, true, true],
    ]);
  });

  it('keeps the argument names that existing agents send', () => {
    const names = listed.map(({ name, inputSchema }) => [name, Object.keys(inputSchema.properties ?? {})]);

    expect(Object.fromEntries(names)).toEqual({
      start_capture: [
        'target',
        'target_type',
        'include_instances',
        'exclude_instances',
        'continuous',
        'resource_group',
        'subscription_id',
        'storage_account',
        'storage_container',
        'location',
        'duration_seconds',
        'max_bytes',
        'bytes_per_packet',
        'filters',
        'request_id',
        'session_id',
        'investigation_context',
        'auto_analyze',
        'llm',
        'privacy',
        'targets',
        'dry_run',
        'plan_id',
      ],
      check_task: ['task_id', 'wait_seconds'],
      stop_capture: ['task_id', 'discard', 'plan_id', 'wait_seconds'],
      list_tasks: ['states', 'target', 'session_id', 'limit', 'cursor'],
      analyze_pcap: ['pcap_path', 'task_id', 'blob_url', 'investigation_context', 'llm', 'privacy', 'verify'],
      cleanup_orphans: ['plan_id'],
    });
  });

  it('requires only what cannot be known otherwise', () => {
    expect(listed.map(({ inputSchema }) => inputSchema.required ?? [])).toEqual([
      [],
      ['task_id'],
      ['task_id'],
      [],
      [],
      [],
    ]);
  });

  it('costs a model and a client no more than budgeted', () => {
    const forModel = listed.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));

    expect(tokens(forModel)).toBeLessThan(MODEL_TOKENS);
    expect(tokens(listed)).toBeLessThan(LIST_TOKENS);
    expect(tokens(instructions)).toBeLessThan(300);
  });

  it('says no integer bound that every integer has', () => {
    expect(JSON.stringify(listed)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });
});

describe.each(createTools(createFakeUseCases()))('$name', ({ name, description }) => {
  const seen = () => {
    const tool = listed.find((each) => each.name === name);
    if (tool === undefined) throw new Error(`${name} is not listed`);
    return tool;
  };

  it('has a snake_case name, a title, and annotations that are all said', () => {
    const { title, annotations } = seen();

    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(title?.length).toBeGreaterThan(5);
    expect(annotations).toEqual({
      title,
      readOnlyHint: expect.any(Boolean),
      destructiveHint: expect.any(Boolean),
      idempotentHint: expect.any(Boolean),
      openWorldHint: expect.any(Boolean),
    });
  });

  it('is described in a searchable first sentence and not much more', () => {
    const [first = ''] = description.split(/(?<=\.) /);

    expect(first.length).toBeGreaterThan(40);
    expect(first.length).toBeLessThan(140);
    expect(first).toMatch(/capture/);
    expect(description.length).toBeLessThan(700);
  });

  it('publishes plain objects at the root, closed to unknown arguments at every depth', () => {
    const { inputSchema, outputSchema } = seen();

    for (const schema of [inputSchema, outputSchema]) {
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(Object.keys(schema ?? {})).not.toContain('anyOf');
      expect(Object.keys(schema ?? {})).not.toContain('oneOf');
      for (const object of objectsIn(schema)) expect(object).toHaveProperty('additionalProperties', false);
    }
  });

  it('tells the next step inside the structured content', () => {
    expect(seen().outputSchema?.['required']).toContain('next');
  });
});

/** Every schema of an object inside `schema`. */
function objectsIn(schema: unknown): object[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inside = Object.values(schema).flatMap(objectsIn);
  return 'type' in schema && schema.type === 'object' ? [schema, ...inside] : inside;
}
