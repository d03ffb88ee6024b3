import type { LoggedCommand } from '../../domain/analysis.ts';
import { CAPTURE_PATH, type RunResult, type SandboxSession } from '../../ports.ts';
import { passArgv } from './fields.ts';
import { createLineReader } from './lines.ts';
import type { MeasureInput } from './measure.ts';
import { readPacket } from './packet.ts';
import { mustGoOn } from './reading.ts';
import { parseRow } from './row.ts';
import { createTables, type Tables } from './tables.ts';

const MEBIBYTE = 1024 * 1024;
const BASE_MS = 120_000;
/** tshark reads dense captures at about 14 MB/s; this leaves room for a slow machine. */
const SLOWEST_BYTES_PER_MS = 1_000;
const BASE_OUTPUT = 64 * MEBIBYTE;
/** A row of a small packet takes several times the bytes of the packet. */
const OUTPUT_PER_BYTE = 32;
const PROGRESS_EVERY = 20_000;

/** How long reading a file of this size once may take, in milliseconds, beside what every command takes. */
export const readingMs = (bytes: number): number => Math.ceil(bytes / SLOWEST_BYTES_PER_MS);

/** How long one pass over a file of this size may take, in milliseconds. */
export const passMs = (bytes: number): number => BASE_MS + readingMs(bytes);

/** tshark once over the capture, as far as it came. */
export interface Pass {
  tables: Tables;
  result: RunResult;
  /** Rows that could not be used. */
  notes: string[];
}

/** Runs commands over the capture of one session, and keeps the log of them. */
export interface Passes {
  /** The pass with additional options of tshark; only CANCELLED and a lost sandbox throw. */
  measure(options: readonly string[], timeoutMs: number): Promise<Pass>;
  /** A short question to a tool, its lines handed over one by one. */
  ask(argv: readonly string[], timeoutMs: number, onLine: (line: string) => void): Promise<RunResult>;
  /** Packets in the file, where capinfos says. */
  readonly expected: number | null;
  /** Limit of one pass. */
  readonly passMs: number;
}

export function createPasses(
  session: SandboxSession,
  { file, signal, onProgress, budget }: MeasureInput,
  { expected, commands }: { expected: number | null; commands: LoggedCommand[] },
): Passes {
  let furthest = 0;
  const tell = (seen: number): void => {
    if (seen <= furthest || seen % PROGRESS_EVERY !== 0) return;
    furthest = seen;
    const fraction = expected === null || expected === 0 ? null : Math.min(seen / expected, 1);
    onProgress({ fraction, message: `Measured ${seen} packets` });
  };
  const mostPackets = budget?.limits.packets ?? null;
  const most = mostPackets === null ? [] : ['-c', String(mostPackets)];
  const maxOutputBytes = BASE_OUTPUT + file.bytes * OUTPUT_PER_BYTE;
  const run = async (
    argv: readonly string[],
    timeoutMs: number,
    onStdout: (chunk: Uint8Array) => void,
  ): Promise<RunResult> => {
    const result = await session.run({ argv, timeoutMs, maxOutputBytes, onStdout, signal });
    commands.push(logged(argv, result));
    mustGoOn(result, signal);
    return result;
  };
  return {
    expected,
    passMs: Math.min(passMs(file.bytes), atLeastOne(budget?.millisecondsLeft() ?? Infinity)),
    measure: async (options, timeoutMs) => {
      const rows = createRows(tell);
      const argv = passArgv(CAPTURE_PATH, [...options, ...most]);
      const result = await run(argv, timeoutMs, rows.push);
      return { result, ...rows.finish() };
    },
    ask: async (argv, timeoutMs, onLine) => {
      const lines = createLineReader(onLine);
      const result = await run(argv, timeoutMs, (chunk) => lines.push(chunk));
      lines.end();
      return result;
    },
  };
}

/** A run without any time would be one without a limit. */
const atLeastOne = (ms: number): number => Math.max(ms, 1);

/** Feeds the stream of a pass into tables of its own. */
function createRows(tell: (seen: number) => void) {
  const tables = createTables();
  let unreadable = 0;
  let seen = 0;
  const lines = createLineReader((line) => {
    const row = parseRow(line);
    const packet = row === null ? null : readPacket(row);
    if (packet === null) {
      unreadable += 1;
      return;
    }
    tables.add(packet);
    seen += 1;
    tell(seen);
  });
  return {
    push: (chunk: Uint8Array): void => lines.push(chunk),
    finish: () => {
      lines.end();
      const skipped = unreadable + lines.tooLong();
      const notes =
        skipped === 0
          ? []
          : [`${skipped} packets were counted but not measured: their fields could not be read.`];
      return { tables: tables.finish(), notes };
    },
  };
}

/** A command of the measurement, as the report's Command Log shows it. */
export function logged(argv: readonly string[], result: RunResult): LoggedCommand {
  return {
    step: 'measure',
    command: argv.map(quoted).join(' '),
    exitCode: result.exitCode,
    outcome: result.outcome,
    durationMs: result.durationMs,
    stdoutBytes: result.stdoutBytes,
    truncated: result.truncated,
  };
}

/** An argument as a bash reader would have to type it. */
function quoted(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  const escaped = argument
    .replaceAll(/['\\]/g, String.raw`\$&`)
    .replaceAll(/\p{Cc}/gu, (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
  return `$'${escaped}'`;
}
