import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RESULTS } from '../../src/domain/results.ts';
import { BROKEN_TASK, RESULT_SECRET, RESULT_TASK } from '../fakes/results.ts';
import { SCENARIO } from '../fakes/use-cases.ts';
import { DOORS, type Door } from './doors.ts';

const uriOf = (rest: string, id = RESULT_TASK) => `capwright://tasks/${id}${rest}`;

const complete = (
  { client }: Door,
  uri: string,
  name: string,
  value: string,
  given: Record<string, string> = {},
) =>
  client.complete({
    ref: { type: 'ref/resource', uri },
    argument: { name, value },
    context: { arguments: given },
  });

describe.each(DOORS)('the results of tasks through $door', ({ open }) => {
  let door: Door;
  beforeAll(async () => {
    door = await open();
  });
  afterAll(() => door.close());

  const read = async (uri: string) => {
    const { contents } = await door.client.readResource({ uri });
    const [content] = contents;
    return content !== undefined && 'text' in content ? content : null;
  };

  it('have an address each, with words on when it is worth opening', async () => {
    const { resourceTemplates } = await door.client.listResourceTemplates();

    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'capwright://tasks/{id}',
      ...Object.keys(RESULTS).map((name) => `capwright://tasks/{id}/${name}`),
      'capwright://tasks/{id}/attempts/{n}/{file}',
      'capwright://tasks/{id}/page/{number}/{+name}',
    ]);
    expect(resourceTemplates.every(({ description = '' }) => description.length > 40)).toBe(true);
  });

  it('are listed by their task, the latest first', async () => {
    const { resources } = await door.client.listResources();

    expect(resources.map(({ uri }) => uri)).toEqual([uriOf(''), uriOf('', 'task-other')]);
  });

  it.each([
    ['', 'overview'],
    ['/report.md', 'read report.md'],
    ['/script', 'read script'],
    ['/audit', 'read audit'],
    ['/attempts', 'read attempts'],
    ['/attempts/2/stdout.txt', 'attempt 2 stdout.txt'],
    ['/page/3/attempts/1/stdout.txt', 'page attempts/1/stdout.txt 3'],
    ['/page/x/report.md', 'page report.md 0'],
  ])('are read at %j', async (rest, expected) => {
    expect(await read(uriOf(rest))).toMatchObject({
      uri: uriOf(rest),
      text: expected,
      mimeType: 'text/plain',
    });
  });

  it.each([
    ['of a task that is not there', uriOf('/report.md', 'nobody'), 'UNKNOWN_TASK'],
    ['too large to be sent whole', uriOf('/analysis.json'), 'Read it in pages.'],
    ['that no result has', uriOf('/../../etc/passwd'), ''],
    ['of another scheme', 'file:///etc/passwd', ''],
  ])('refuse an address %s', async (_what, uri, words) => {
    await expect(read(uri)).rejects.toThrow(words);
  });

  it('tell nothing of an unforeseen failure but an id, under which the log has the stack', async () => {
    const failure = await read(uriOf('/report.md', BROKEN_TASK)).then(
      () => 'it was read',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );

    expect(failure).not.toContain(RESULT_SECRET);
    const errorId = /error id (e-[0-9a-f]{8})/.exec(failure)?.[1];
    await vi.waitFor(() =>
      expect(door.heard.logs).toContainEqual(
        expect.objectContaining({ errorId, stack: expect.stringContaining(RESULT_SECRET) }),
      ),
    );
  });

  it('complete ids, attempts and their files', async () => {
    const file = 'capwright://tasks/{id}/attempts/{n}/{file}';

    const ids = await complete(door, 'capwright://tasks/{id}/report.md', 'id', 'task-d');
    const names = await complete(door, file, 'n', 're', { id: RESULT_TASK });
    const files = await complete(door, file, 'file', '', { id: RESULT_TASK, n: '1' });

    expect(ids.completion.values).toEqual([RESULT_TASK]);
    expect(names.completion.values).toEqual(['report-1']);
    expect(files.completion.values).toEqual(['prompt.md', 'stdout.txt']);
  });

  it.each([
    ['check_task', { task_id: SCENARIO.done }, SCENARIO.done],
    ['analyze_pcap', { pcap_path: 'a.cap' }, 'analysis-1'],
  ])('are linked in the answer of %s, each saying when to open it', async (name, args, id) => {
    const { content } = await door.client.callTool({ name, arguments: args });

    const links = content.filter((block) => block.type === 'resource_link');
    expect(links.map(({ uri }) => uri)).toEqual(
      ['report.md', 'report.html', 'facts.json', 'analysis.json', 'attempts'].map((one) =>
        uriOf(`/${one}`, id),
      ),
    );
    expect(links.every(({ description = '' }) => /open/i.test(description))).toBe(true);
  });

  it('are not linked before there are any', async () => {
    const { content } = await door.client.callTool({
      name: 'check_task',
      arguments: { task_id: 'under way' },
    });

    expect(content.filter((block) => block.type === 'resource_link')).toEqual([]);
  });
});
