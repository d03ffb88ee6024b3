import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/adapters/process/stderr-log.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

/** What must be nowhere, and texts as callers and upstreams give it away. */
const SECRETS = {
  sas: 'c2VjcmV0LXNpZ25hdHVyZQ%3D%3D',
  key: 'c2VjcmV0LWFjY291bnQta2V5LWJ5dGVz',
  bearer: 'c2VjcmV0LWJlYXJlci10b2tlbi1ieXRlcw0',
  jwt: 'eyJzdWIiOiJzZWNyZXQifQ',
  api: 'sk-secret-0123456789-abcdef',
  password: 'secret-hunter2',
};
const TEXT = [
  `https://acct.blob.core.windows.net/c/b?sv=2024-01-01&sig=${SECRETS.sas}`,
  `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${SECRETS.key}==;EndpointSuffix=core.windows.net`,
  `Authorization: Bearer ${SECRETS.bearer}`,
  `eyJhbGciOiJSUzI1NiJ9.${SECRETS.jwt}.c2lnbmF0dXJl`,
  `x-api-key: ${SECRETS.api}`,
  `"password": "${SECRETS.password}"`,
].join('\n');

function everything(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'latin1')}`)
    .join('\n');
}

function leaked(haystack: string): string[] {
  return Object.entries(SECRETS)
    .filter(([, secret]) => haystack.includes(secret))
    .map(([name]) => name);
}

describe('secrets that a caller or an upstream gives away', () => {
  it('are in no file, log line, answer or error', async () => {
    const stream = new PassThrough();
    const logged = text(stream);
    const log = createLog({ stream, level: 'debug', clock: bench.clock });
    const upstream = (): Error => Object.assign(new Error(TEXT), { code: TEXT, statusCode: 500 });
    bench.azure.knobs.mishap = (call, n, phase) => {
      if (phase === 'before' && n % 3 === 0) {
        throw new CapwrightError('AZURE_UNAVAILABLE', 'No answer.', 'Call again.', upstream());
      }
      if (phase === 'before' && call === 'deleteCapture' && n % 3 === 1) {
        throw upstream();
      }
    };
    const one = await bench.start({
      log,
      analyze: async () => {
        throw upstream();
      },
    });
    const answers: unknown[] = [];
    const tell = async (call: Promise<unknown>): Promise<void> => {
      answers.push(await call.catch(String));
    };
    one.driver.start();

    await tell(one.startCapture(ask({ investigation_context: TEXT, session_id: 's' }), quietCall));
    await tell(one.startCapture(ask({ investigation_context: TEXT, session_id: 's' }), quietCall));
    const [row] = await one.store.active();
    await tell(one.checkTask(check(row?.task.id ?? ''), quietCall));
    await bench.clock.sleep(600_000);
    await tell(one.checkTask(check(row?.task.id ?? ''), quietCall));
    await tell(one.cleanupOrphans({}, quietCall));
    stream.end();

    const onDisk = everything(bench.dir);
    expect(onDisk).toContain('[masked]');
    expect(leaked(onDisk)).toEqual([]);
    const lines = await logged;
    expect(lines).toContain('No answer.');
    expect(leaked(lines)).toEqual([]);
    expect(leaked(JSON.stringify(answers))).toEqual([]);
    expect(leaked(TEXT)).toEqual(Object.keys(SECRETS));
  });

  it('are refused as the id of a request, which has to be kept as it is', () => {
    expect(() => ask({ request_id: `sig=${SECRETS.sas}` })).toThrow(/secret/);
    expect(() => ask({ request_id: 'ticket 4711, second try' })).not.toThrow();
  });
});
