import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from '../../src/package-root.ts';
import { inFolder, median, type Figure } from './figures.ts';

const ROUNDS = 11;
const area = 'start';

/** From the start of the process to its first answer to a tool call, over stdio. */
export async function startUp(): Promise<Figure[]> {
  const built = join(PACKAGE_ROOT, 'dist', 'src', 'main.js');
  const source = join(PACKAGE_ROOT, 'src', 'main.ts');
  return [...(existsSync(built) ? await starts(built, 'built') : []), ...(await starts(source, 'sources'))];
}

function starts(entry: string, note: string): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const first = await firstAnswer(entry, folder);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(await firstAnswer(entry, folder));
    }
    const what = 'first tool answer';
    return [
      { area, what, value: median(times), unit: 'ms', target: 300, note },
      { area, what: `${what}, nothing kept yet`, value: first, unit: 'ms', note },
    ];
  });
}

const MESSAGES = [
  {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'list_tasks', arguments: {} } },
];

async function firstAnswer(entry: string, folder: string): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [entry, 'serve', '--stdio', '--state-dir', join(folder, 'state')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), NODE_COMPILE_CACHE: '' },
  });
  try {
    child.stdin.write(MESSAGES.map((message) => `${JSON.stringify(message)}\n`).join(''));
    for await (const line of createInterface({ input: child.stdout })) {
      const answer: unknown = JSON.parse(line);
      if (typeof answer === 'object' && answer !== null && 'id' in answer && answer.id === 2) {
        if (!('result' in answer)) {
          throw new Error(`the server refused the call: ${line.slice(0, 300)}`);
        }
        return performance.now() - start;
      }
    }
    throw new Error('the server ended before it answered');
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}
