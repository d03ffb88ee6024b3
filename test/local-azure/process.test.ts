import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './clients.ts';

const entry = fileURLToPath(new URL('../../src/local-azure/main.ts', import.meta.url));
const started: ChildProcess[] = [];

afterEach(() => {
  started.splice(0).forEach((child) => child.kill('SIGKILL'));
});

interface Ready {
  readonly child: ChildProcess;
  readonly connection: { caFile: string; armEndpoint: string; vms: string[] };
  readonly azurite: number;
  readonly lines: () => string[];
}

async function start(...flags: string[]): Promise<Ready> {
  const child = spawn(process.execPath, [entry, '--time-scale', '0.1', ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  await eventually(
    () => Promise.resolve(said),
    (text) => text.includes('\n'),
  );
  const [azurite] = childrenOf(child.pid ?? 0);
  return { child, connection: JSON.parse(said), azurite: azurite ?? 0, lines: () => said.trim().split('\n') };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((id) => statusOf(id)?.parent === parent);
}

function statusOf(id: number): { parent: number; zombie: boolean } | undefined {
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    return { parent: Number(/^PPid:\s*(\d+)/mu.exec(status)?.[1]), zombie: /^State:\s*Z/mu.test(status) };
  } catch {
    return undefined;
  }
}

/** An orphan that nobody reaps stays as a zombie in some containers; it runs no more, and that is the point. */
function gone(id: number): boolean {
  const status = statusOf(id);
  return status === undefined || status.zombie;
}

describe.runIf(process.platform === 'linux')('the Local Azure process', () => {
  it.each([
    ['a SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['its closed standard input', (child: ChildProcess) => child.stdin?.end()],
    ['a SIGKILL', (child: ChildProcess) => child.kill('SIGKILL')],
  ])('is gone after %s, with its blob store and its directory', async (_, end) => {
    const { child, connection, azurite, lines } = await start();
    const wasThere = !gone(azurite) && azurite > 0 && existsSync(connection.caFile);

    end(child);
    await eventually(() => Promise.resolve(gone(azurite) && gone(child.pid ?? 0)), Boolean);
    await eventually(
      () => Promise.resolve(existsSync(dirname(connection.caFile))),
      (there) => !there,
    );

    expect(wasThere).toBe(true);
    expect(lines()).toHaveLength(1);
    expect(connection.vms).toEqual(['web-01', 'web-02', 'no-agent-01', 'stopped-01', 'no-watcher-01']);
  });

  it('keeps its key to its owner', async () => {
    const { connection } = await start();

    const modes = readdirSync(dirname(connection.caFile), { withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => statSync(`${file.parentPath}/${file.name}`).mode & 0o077);

    expect(modes).toEqual([0, 0, 0]);
  });

  it('says in one line what is wrong with a flag', async () => {
    const child = spawn(process.execPath, [entry, '--port', 'abc'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));

    const code = await new Promise((resolve) => child.once('exit', resolve));

    expect([code, said.trim().split('\n').length]).toEqual([1, 1]);
  });
});
