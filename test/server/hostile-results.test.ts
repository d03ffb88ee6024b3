import { StreamableHTTPClientTransport, Client } from '@modelcontextprotocol/client';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createResults } from '../../src/capture/results.ts';
import { serveHttp } from '../../src/server/http.ts';
import { serverDeps } from './deps.ts';

const ID = 'f00d';
const NEIGHBOUR = 'f00d-neighbour';
const SECRET = 'only the neighbour may read this';

const noTask = () => Promise.reject(new Error('there is no task'));

let folder: string;
let client: Client;
let close: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capwright-results-'));
  await writeFile(join(folder, 'outside.txt'), SECRET);
  const artefacts = createArtefacts(folder);
  await artefacts.keep(ID, '1/stdout.txt', 'answers');
  await artefacts.keep(NEIGHBOUR, '1/stdout.txt', SECRET);
  const store = {
    get: () => Promise.resolve(null),
    page: () => Promise.resolve({ tasks: [], unreadable: [], cursor: null }),
    journal: () => Promise.resolve([]),
  };
  const results = createResults({ store, artefacts, viewTask: noTask });
  const deps = serverDeps(
    () => {},
    () => {},
  );
  const server = await serveHttp({ ...deps, results }, { host: '127.0.0.1', port: 0 });
  client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  close = async () => {
    await client.close();
    await server.close();
  };
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const read = (rest: string) =>
  client.readResource({ uri: `capwright://tasks/${rest}` }).then(
    ({ contents }) => ({ read: true, said: JSON.stringify(contents) }),
    (error: unknown) => ({ read: false, said: error instanceof Error ? error.message : '' }),
  );

describe('files of a task over MCP', () => {
  it('are read by their own names', async () => {
    expect(await read(`${ID}/attempts/1/stdout.txt`)).toMatchObject({ read: true });
    expect((await read(`${NEIGHBOUR}/page/1/attempts/1/stdout.txt`)).said).toContain(SECRET);
  });

  it('are answered under the address that dots lead to, never as those of the task they began with', async () => {
    const { contents } = await client.readResource({
      uri: `capwright://tasks/${ID}/attempts/../../${NEIGHBOUR}/attempts/1/stdout.txt`,
    });

    expect(contents[0]?.uri).toBe(`capwright://tasks/${NEIGHBOUR}/attempts/1/stdout.txt`);
  });

  it.each([
    '../f00d/report.md',
    '..%2foutside.txt',
    '%2e%2e/outside.txt',
    '%2e%2e',
    '%2Fetc%2Fpasswd/report.md',
    'f00d%00/report.md',
    `${'a'.repeat(900)}/report.md`,
    'f00d-/attempts/1/stdout.txt',
    'f00/attempts/1/stdout.txt',
    'f00d/attempts/1/..%2f..%2f..%2ff00d-neighbour%2fattempts%2f1%2fstdout.txt',
    'f00d/attempts/%2e%2e/stdout.txt',
    'f00d/attempts/1/stdout.txt%00.md',
    `f00d/attempts/1/${'a'.repeat(900)}`,
    'f00d/page/1/../../../outside.txt',
    'f00d/page/1/%2e%2e/%2e%2e/%2e%2e/outside.txt',
    'f00d/page/1//etc/passwd',
    'f00d/page/1/%2Fetc%2Fpasswd',
    'f00d/page/1/attempts/1/stdout.txt%00',
    'f00d/page/1/../f00d-neighbour/attempts/1/stdout.txt',
  ])('are refused in words of ours, without a path, at %s', async (rest) => {
    const { read: wasRead, said } = await read(rest);

    expect(wasRead).toBe(false);
    expect(said).toMatch(/UNKNOWN_TASK|FILE_NOT_FOUND|not found/i);
    expect(said).not.toMatch(/ENOENT|ENAMETOOLONG|error id|root:/);
    expect(said).not.toContain(folder);
    expect(said).not.toContain(SECRET);
    expect(said.length).toBeLessThan(3_000);
  });
});
