import { tmpdir } from 'node:os';
import { canChangeUser } from '../bubblewrap/server.ts';
import { bubblewrapEngine } from './bubblewrap-engine.ts';
import { dockerEngine } from './docker-engine.ts';
import type { Engine } from './engine.ts';
import { userEngine } from './user-engine.ts';

type Named = readonly [name: string, engine: Engine];

/** Every engine that this machine has; of one that it lacks a line on stderr tells. Docker has to be there. */
export const engines: readonly Named[] = named([dockerEngine, ...(await ifReady(bubblewrapEngine))]);

/** And bubblewrap once more, for what may differ where the server is not root. */
export async function enginesAndUsers(): Promise<readonly Named[]> {
  return [...engines, ...named(await asUser())];
}

function named(engines: readonly Engine[]): Named[] {
  return engines.map((engine) => [engine.name, engine]);
}

async function ifReady(engine: Engine): Promise<Engine[]> {
  const status = await engine.sandbox(tmpdir(), { instanceId: `hostile-${process.pid}` }).status();
  if (status.ready) return [engine];
  process.stderr.write(
    `LEFT OUT: the hostile suite on ${engine.name}: ${status.detail} Then: ${status.fix ?? 'nothing helps here'}\n`,
  );
  return [];
}

async function asUser(): Promise<Engine[]> {
  if (!engines.some(([, engine]) => engine === bubblewrapEngine)) return [];
  if (canChangeUser) return ifReady(userEngine);
  process.stderr.write('LEFT OUT: the hostile suite on bubblewrap as another user: this needs root.\n');
  return [];
}
