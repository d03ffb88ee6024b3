import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeEmptyCapture } from '../../../src/adapters/local-files/empty-capture.ts';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import { inertJson } from '../../../src/domain/inert-json.ts';
import { createDrillDown } from '../../../src/forensics/drill-down/drill-down.ts';
import type { Shape } from '../../../src/forensics/drill-down/show-packets.ts';
import { createHostSession } from '../../fakes/host-session.ts';
import { aliveInJson } from './alive.ts';
import { writeHostileCapture } from './obedient.ts';
import { SHOWN_SECRETS } from './secrets.ts';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capwright-hostile-flow-'));
  ({ path } = writeHostileCapture(folder));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function shown(shape: Shape, stream: number | null): Promise<string> {
  const { signal } = new AbortController();
  const files = createCaptureFiles({ roots: [], maxBytes: 1e9 });
  const drillDown = createDrillDown({
    files,
    sandbox: { open: ({ capturePath }) => Promise.resolve(createHostSession(capturePath)) },
    emptyCapture: makeEmptyCapture,
  });
  const file = await files.inspect(path, 'anywhere', signal, 'when asked for');
  const query =
    stream === null
      ? ({ kind: 'frames', from: 1, to: 400 } as const)
      : ({ kind: 'stream', transport: 'tcp', stream } as const);
  return inertJson(await drillDown({ file, query, shape }, { signal, progress: () => undefined }));
}

const secretsIn = (text: string): string[] => SHOWN_SECRETS.filter((secret) => text.includes(secret));

/** HTTP, FTP and Telnet. */
const STREAMS = [0, 5, 14];

describe('single conversations of a hostile capture', () => {
  it.each<[Shape, readonly (number | null)[]]>([
    ['summary', [null]],
    ['decoded', [null]],
    ['followed', STREAMS],
  ])('show no secret and nothing that lives: %s', async (shape, streams) => {
    for (const stream of streams) {
      const text = await shown(shape, stream);

      expect(secretsIn(text)).toEqual([]);
      expect(text).toContain('[masked]');
      expect(aliveInJson(text)).toEqual([]);
    }
  });

  it('show no key of a password that is typed letter by letter, and still the answer to it', async () => {
    const text = await shown('followed', 14);
    const [, after = ''] = text.split('Password: ');

    expect(after).not.toMatch(/\\n[huntelQz]\\n/);
    expect(after).toMatch(/\\t\d+\\n[^\\]{5}/);
  });
});
