import { randomUUID } from 'node:crypto';
import { createTools } from '../../tools/index.ts';
import type { Clock, Log } from '../../src/ports.ts';
import type { ServerDeps } from '../../src/server/build-server.ts';
import { createFakeResults } from '../fakes/results.ts';
import { createFakeUseCases, type FakeEvent } from '../fakes/use-cases.ts';

/** Real time, so that what is tested is how the parts work together, not how a fake clock is wound. */
export const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    }),
};

/** A server over fake use-cases that tells `onEvent` what they live through. */
export function serverDeps(onEvent: (event: FakeEvent) => void, log: Log): ServerDeps {
  return {
    tools: createTools(createFakeUseCases(onEvent)),
    results: createFakeResults(),
    version: '0.0.0-test',
    log,
    clock,
    newErrorId: () => `e-${randomUUID().slice(0, 8)}`,
  };
}
