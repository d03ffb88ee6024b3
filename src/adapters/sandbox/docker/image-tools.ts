import type Docker from 'dockerode';
import { CapwrightError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports.ts';
import { createOutput } from '../output.ts';
import { parseTools, type Tools } from '../tools.ts';
import { bounded } from './engine.ts';
import { startExec } from './exec.ts';
import { TOOLS_FILE } from './image.ts';
import { SUPERVISOR } from './profile.ts';

/** The tools of an image, read in a container of it. */
export type ToolsReader = (image: string, container: Docker.Container, signal: AbortSignal) => Promise<Tools>;

const MAX_BYTES = 8_192;

/** Reads what an image holds, once per image. Throws SANDBOX_UNAVAILABLE where that is no tshark. */
export function createToolsReader(clock: Clock, setupCommand: string): ToolsReader {
  const known = new Map<string, Tools>();
  return async (image, container, signal) => {
    const tools = known.get(image) ?? (await readTools(clock, container, signal));
    if (tools === null) {
      throw new CapwrightError(
        'SANDBOX_UNAVAILABLE',
        'The sandbox image holds no tshark.',
        `Run: ${setupCommand}`,
      );
    }
    known.set(image, tools);
    return tools;
  };
}

async function readTools(
  clock: Clock,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<Tools | null> {
  const output = createOutput(MAX_BYTES);
  const exec = await startExec({ clock, signal }, container, {
    user: SUPERVISOR,
    argv: ['head', '-c', String(MAX_BYTES), TOOLS_FILE],
    onData: (_stream, bytes) => output.add(bytes),
  });
  await bounded(exec.ended, { clock, signal });
  exec.release();
  return parseTools(output.text());
}
