import { FIELDS } from '../../src/forensics/measure/fields.ts';
import type { RunCommand, RunResult, SandboxSession } from '../../src/ports.ts';
import { createFakeSandbox } from './sandbox.ts';

/** A row as tshark prints it for a packet that has nothing but a number and a time. */
function row(frame: number): string {
  const values = new Map<string, string>([
    ['frame.number', String(frame)],
    ['frame.time_epoch', `${frame}.0`],
  ]);
  return `${FIELDS.map((name) => values.get(name) ?? '').join('\t')}\n`;
}

/** What a run prints and how it ends: so many rows of the pass, or the given text. */
export interface Run {
  rows?: number;
  text?: string;
  outcome?: RunResult['outcome'];
  durationMs?: number;
}

/** A session in which `capinfos` counts `total` packets and each run of tshark does as `runs` says. */
export async function sessionOf(
  total: number,
  runs: (argv: readonly string[], nth: number) => Run,
): Promise<{ session: SandboxSession; tsharks: RunCommand[] }> {
  const tsharks: RunCommand[] = [];
  const sandbox = createFakeSandbox((command) => {
    if (command.argv[0] !== 'tshark') return { stdout: `Number of packets:   ${total}\n` };
    tsharks.push(command);
    const { rows = 0, text = '', outcome = 'exit', durationMs = 10 } = runs(command.argv, tsharks.length);
    const printed = Array.from({ length: rows }, (_, index) => row(index + 1)).join('') + text;
    command.onStdout?.(new TextEncoder().encode(printed));
    return { outcome, durationMs };
  });
  const signal = new AbortController().signal;
  return { session: await sandbox.open({ capturePath: '/a.cap', signal }), tsharks };
}
