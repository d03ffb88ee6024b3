import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeepLane } from '../../../src/forensics/measure/large/deep-lane.ts';
import { text } from '../../../src/forensics/measure/row.ts';
import type { SandboxSession } from '../../../src/ports.ts';
import { capture } from '../../forensics/measure/conversations.ts';
import { offerCapture } from '../../forensics/measure/offer-capture.ts';
import { captureFolder } from './docker/support.ts';
import { openSession } from './hostile/engine.ts';
import { engines } from './hostile/engines.ts';

const register = (nth: number): string =>
  `REGISTER sip:192.0.2.9 SIP/2.0\r\nTo: <sip:user${nth}@192.0.2.9>\r\nCall-ID: ${nth}\r\nCSeq: 1 REGISTER\r\n\r\n`;
const FILE = capture(
  Array.from({ length: 300 }, (_, nth) => ({
    client: `10.0.${nth >> 8}.${nth & 255}`,
    server: '192.0.2.9',
    port: 5060,
    over: 'udp' as const,
    says: [{ from: 'client' as const, bytes: register(nth) }],
  })),
);

describe.each(engines)('%s: tshark beside our own reader', (name, engine) => {
  let home: Awaited<ReturnType<typeof captureFolder>>;
  let session: SandboxSession;
  beforeAll(async () => {
    home = await captureFolder();
    session = await openSession(engine, home.capture, home.folder, `deep-${process.pid}-${name}`);
  });
  afterAll(async () => {
    await session?.stop();
    await home?.remove();
  });

  it('reads what it is piped, and never the capture of the session', async () => {
    const users: string[] = [];
    const lane = createDeepLane({
      session,
      signal: new AbortController().signal,
      fileBytes: FILE.length,
      progress: () => 1,
      onPacket: ({ row }) => void users.push(text(row, 'sip.to.user')),
    });

    offerCapture(FILE, lane);
    const reading = await lane.finish();

    expect(reading.partial).toBeNull();
    expect(users).toEqual(Array.from({ length: 300 }, (_, nth) => `user${nth}`));
    expect((await readFile(home.capture)).length).toBeLessThan(1_000);
  });
});
