import { spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

async function runToEnd(...argv: string[]): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe'] });
  started.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, said };
}

function filesOf(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
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
  ])('keeps its key to itself and is gone after %s, with blob store and directory', async (_, end) => {
    const { child, connection, azurite, lines } = await start();
    const modes = filesOf(dirname(connection.caFile)).map((file) => statSync(file).mode & 0o077);
    const wasThere = !gone(azurite) && azurite > 0 && existsSync(connection.caFile);

    end(child);
    await eventually(() => Promise.resolve(gone(azurite) && gone(child.pid ?? 0)), Boolean);
    await eventually(
      () => Promise.resolve(existsSync(dirname(connection.caFile))),
      (there) => !there,
    );

    expect(wasThere).toBe(true);
    expect(modes).toEqual([0, 0, 0]);
    expect(lines()).toHaveLength(1);
    expect(connection.vms).toEqual([
      'web-01',
      'web-02',
      'no-agent-01',
      'stopped-01',
      'no-watcher-01',
      'win-01',
      'eu-01',
    ]);
  });

  it('says in one line what is wrong with a flag', async () => {
    const { code, said } = await runToEnd(entry, '--port', 'abc');

    expect([code, said.trim().split('\n').length]).toEqual([2, 1]);
  });

  it('names the one line that brings Azurite where it is not installed', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'capwright-no-azurite-'));
    const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
    cpSync(dirname(entry), join(elsewhere, 'local-azure'), { recursive: true });
    mkdirSync(join(elsewhere, 'node_modules'));
    for (const installed of ['zod', '@azure']) {
      symlinkSync(join(modules, installed), join(elsewhere, 'node_modules', installed));
    }

    const { code, said } = await runToEnd(join(elsewhere, 'local-azure', 'main.ts'));
    rmSync(elsewhere, { recursive: true });

    expect(code).toBe(1);
    expect(said).toMatch(/^.*npm i -D azurite@3\.37\.0\n$/u);
  });
});
