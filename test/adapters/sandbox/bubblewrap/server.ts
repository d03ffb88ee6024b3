import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { captureFolder, SANDBOX_DIR } from '../docker/support.ts';

const FIXTURE = resolve(import.meta.dirname, '../../../fixtures/bubblewrap-server.ts');

/** Whether this process may become another user, to see what that one can do. */
export const canChangeUser = process.getuid?.() === 0;

/** A folder that user can enter, with the profile and a capture that only that user may read. */
export async function folderOf(uid: number) {
  const home = await captureFolder();
  await copyFile(join(SANDBOX_DIR, 'seccomp.json'), join(home.folder, 'seccomp.json'));
  const capture = join(home.folder, 'private.pcap');
  await copyFile(home.capture, capture);
  await chmod(capture, 0o600);
  if (canChangeUser) for (const path of [capture, home.folder]) await chown(path, uid, uid);
  return home;
}

/** A server in a process of its own; `next` is what it says, line by line. */
export function startServer(
  folder: string,
  instanceId: string,
  uid: number,
  scripts: readonly string[] = [],
) {
  const child = spawn(process.execPath, [FIXTURE, folder, instanceId, String(uid), ...scripts], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  return {
    async next(): Promise<Record<string, unknown>> {
      const line: IteratorResult<string, undefined> = await lines.next();
      return JSON.parse(line.value ?? 'null') ?? {};
    },
    async end(): Promise<void> {
      child.stdin.end();
      await exited;
    },
    async killNine(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
