import type Docker from 'dockerode';
import { CapwrightError } from '../../domain/errors.ts';
import type { Clock } from '../../ports.ts';
import { bounded } from './engine.ts';
import { startExec } from './exec.ts';
import { TOOLS_FILE } from './image.ts';
import { createOutput } from './output.ts';
import { SUPERVISOR } from './profile.ts';

/** First line of `tshark -v` of an image, read in a container of it. */
export type VersionReader = (
  image: string,
  container: Docker.Container,
  signal: AbortSignal,
) => Promise<string>;

/** Reads a version once per image. Throws SANDBOX_UNAVAILABLE where the image has no tshark. */
export function createVersionReader(clock: Clock, setupCommand: string): VersionReader {
  const known = new Map<string, string>();
  return async (image, container, signal) => {
    const version = known.get(image) ?? (await readVersion(clock, container, signal));
    if (version === undefined) {
      throw new CapwrightError(
        'SANDBOX_UNAVAILABLE',
        'The sandbox image holds no tshark.',
        `Run: ${setupCommand}`,
      );
    }
    known.set(image, version);
    return version;
  };
}

async function readVersion(
  clock: Clock,
  container: Docker.Container,
  signal: AbortSignal,
): Promise<string | undefined> {
  const output = createOutput(4096);
  const exec = await startExec({ clock, signal }, container, {
    user: SUPERVISOR,
    argv: ['head', '-n', '1', TOOLS_FILE],
    onData: (_stream, bytes) => output.add(bytes),
  });
  await bounded(exec.ended, { clock, signal });
  exec.release();
  return /^TShark [^\n]*\d+\.\d+\.\d+[^\n]*/.exec(output.text())?.[0];
}
