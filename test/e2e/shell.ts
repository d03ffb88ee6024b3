import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from './host.ts';

/** `capwright ARGS` as a person runs it; `whenStderr` may act on what has been said so far. */
export async function capwright(
  args: readonly string[],
  env: Record<string, string>,
  options: { nodeArgs?: readonly string[]; interruptAt?: string } = {},
) {
  const child = spawn(
    join(ROOT, 'node_modules/.bin/node'),
    [...(options.nodeArgs ?? []), join(ROOT, 'src/main.ts'), ...args],
    { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    if (options.interruptAt !== undefined && !interrupted && stderr.includes(options.interruptAt)) {
      interrupted = true;
      child.kill('SIGINT');
    }
  });
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
