import {
  access,
  constants,
  copyFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';
import { fileFailure } from './file-failure.ts';

export interface StagedCapture {
  /** What to mount: absolute, no symbolic links, readable by everybody. */
  path: string;
  bytes: number;
  /** Deletes the copy, where one was made. */
  release(): Promise<void>;
}

export interface StageOptions {
  stagingDir: string;
  instanceId: string;
  instanceAlive: (id: string) => boolean;
  /** Who scripts are to the file system: somebody else (default), or this very user. */
  readers?: 'others' | 'owner';
}

const OTHERS_READ = 0o004;
/** Between instance id and random part; ids hold no tilde. */
const SEPARATOR = '~';

/**
 * Makes a capture mountable. Scripts run as a user who owns nothing, and captures are often 0600: such a file is
 * copied (shared blocks where the file system can) into a private folder as 0444; its own mode stays untouched.
 * Throws FILE_NOT_FOUND, FILE_UNREADABLE or NOT_A_CAPTURE.
 */
export async function stageCapture(capturePath: string, options: StageOptions): Promise<StagedCapture> {
  const path = await realpath(capturePath).catch(fileFailure);
  const info = await stat(path).catch(fileFailure);
  // Sockets, devices and folders would reach into the host; the engine's own socket is one of them.
  if (!info.isFile()) {
    throw new CapwrightError(
      'NOT_A_CAPTURE',
      'The capture is not a regular file.',
      'Name a pcap or pcapng file.',
    );
  }
  const asItIs = { path, bytes: info.size, release: async () => {} };
  if (options.readers === 'owner') {
    await access(path, constants.R_OK).catch(fileFailure);
    return asItIs;
  }
  if ((info.mode & OTHERS_READ) !== 0) return asItIs;

  await mkdir(options.stagingDir, { recursive: true, mode: 0o700 });
  await chmod(options.stagingDir, 0o700);
  await sweepStaging(options);
  const folder = await mkdtemp(join(await realpath(options.stagingDir), options.instanceId + SEPARATOR));
  const release = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'capture.pcap');
    await copyFile(path, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await chmod(copy, 0o444);
    return { path: copy, bytes: info.size, release };
  } catch (error) {
    await release();
    return fileFailure(error);
  }
}

/** Deletes the copies of processes that died before they could; a living sibling's stay. */
async function sweepStaging(options: StageOptions): Promise<void> {
  for (const name of await readdir(options.stagingDir)) {
    const owner = name.split(SEPARATOR)[0];
    if (owner === undefined || owner === name) continue;
    if (owner !== options.instanceId && !options.instanceAlive(owner)) {
      await rm(join(options.stagingDir, name), { recursive: true, force: true });
    }
  }
}
