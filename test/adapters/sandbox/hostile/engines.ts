import { tmpdir } from 'node:os';
import { bubblewrapEngine } from './bubblewrap-engine.ts';
import { dockerEngine } from './docker-engine.ts';
import type { Engine } from './engine.ts';

/** Every engine that this machine has; of one that it lacks a line on stderr tells. Docker has to be there. */
export const engines: readonly Engine[] = [dockerEngine, ...(await ifReady(bubblewrapEngine))];

async function ifReady(engine: Engine): Promise<Engine[]> {
  const status = await engine.sandbox(tmpdir(), { instanceId: `hostile-${process.pid}` }).status();
  if (status.ready) return [engine];
  process.stderr.write(
    `LEFT OUT: the hostile suite on ${engine.name}: ${status.detail} Then: ${status.fix ?? 'nothing helps here'}\n`,
  );
  return [];
}
