import { afterAll, beforeAll, describe } from 'vitest';
import type { SandboxSession } from '../../../src/ports.ts';
import { captureFolder } from './docker/support.ts';
import { openSession } from './hostile/engine.ts';
import { engines } from './hostile/engines.ts';
import { promisesOfStreamedInput } from './streamed-input.ts';

describe.each(engines)('%s: input that is produced while the command runs', (name, engine) => {
  let home: Awaited<ReturnType<typeof captureFolder>>;
  let session: SandboxSession;
  beforeAll(async () => {
    home = await captureFolder();
    session = await openSession(engine, home.capture, home.folder, `streamed-${process.pid}-${name}`);
  });
  afterAll(async () => {
    await session?.stop();
    await home?.remove();
  });

  promisesOfStreamedInput(() => session);
});
