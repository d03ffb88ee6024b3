import { afterEach, beforeEach } from 'vitest';
import { StartCaptureInput } from '../../src/domain/inputs.ts';
import { createFakeClock } from './clock.ts';
import { createFakeCloud } from './cloud.ts';
import { openOrchestrator, type Orchestrator } from './orchestrator.ts';
import { eachStateDir } from './state-dir.ts';

export const ask = (change: Record<string, unknown> = {}): StartCaptureInput =>
  StartCaptureInput.parse({ target: 'web-01', resource_group: 'rg', duration_seconds: 30, ...change });

export const check = (task_id: string, wait_seconds = 240) => ({ task_id, wait_seconds });

/** A fresh state directory, clock and cloud for each test, and every orchestrator ended after it. */
export function createBench() {
  const dir = eachStateDir();
  const bench = { dir: '', clock: createFakeClock(), azure: createFakeCloud(createFakeClock()), start };
  let open: Orchestrator[] = [];
  beforeEach(() => {
    bench.dir = dir.path;
    bench.clock = createFakeClock();
    bench.azure = createFakeCloud(bench.clock);
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.die()));
  });
  async function start(options: Partial<Parameters<typeof openOrchestrator>[0]> = {}): Promise<Orchestrator> {
    const { clock, azure } = bench;
    const one = await openOrchestrator({ dir: bench.dir, clock, cloud: azure.cloud, ...options });
    open.push(one);
    return one;
  }
  return bench;
}
