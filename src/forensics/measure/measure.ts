import type { LoggedCommand } from '../../domain/analysis.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureFacts } from '../../domain/facts.ts';
import type { Finding } from '../../domain/finding.ts';
import {
  CAPTURE_PATH,
  type InspectedFile,
  type OnProgress,
  type RunResult,
  type SandboxSession,
} from '../../ports.ts';
import { detectAll } from './detectors.ts';
import { toFacts } from './facts.ts';
import { passArgv } from './fields.ts';
import { createLineReader } from './lines.ts';
import { readPacket } from './packet.ts';
import { cutOffNote, damageOf, INFO_ARGV, readFileInfo } from './reading.ts';
import { parseRow } from './row.ts';
import { createTables } from './tables.ts';

export interface MeasureInput {
  file: InspectedFile;
  signal: AbortSignal;
  onProgress: OnProgress;
}

export interface Measurement {
  facts: CaptureFacts;
  findings: Finding[];
  commands: LoggedCommand[];
}

/**
 * Measures the capture of a session: facts, findings with their evidence, and the commands that were run. A damaged file
 * gives what was readable, down to 0 packets; only a cancelled call or a lost sandbox throws.
 */
export type Measure = (session: SandboxSession, input: MeasureInput) => Promise<Measurement>;

const MEBIBYTE = 1024 * 1024;
const INFO_OUTPUT_BYTES = MEBIBYTE;
const INFO_BASE_MS = 60_000;
const PASS_BASE_MS = 120_000;
/** tshark reads dense captures at about 14 MB/s; this leaves room for a slow machine. */
const SLOWEST_BYTES_PER_MS = 1_000;
const PASS_BASE_OUTPUT = 64 * MEBIBYTE;
/** A row of a small packet takes several times the bytes of the packet. */
const OUTPUT_PER_BYTE = 32;
const PROGRESS_EVERY = 20_000;

export function createMeasure(): Measure {
  return async (session, { file, signal, onProgress }) => {
    const commands: LoggedCommand[] = [];
    const readingMs = Math.ceil(file.bytes / SLOWEST_BYTES_PER_MS);
    const info = await session.run({
      argv: INFO_ARGV,
      timeoutMs: INFO_BASE_MS + readingMs,
      maxOutputBytes: INFO_OUTPUT_BYTES,
      signal,
    });
    commands.push(logged(INFO_ARGV, info));
    cutOffNote(info);
    const { packets: expected, linkTypes } = readFileInfo(info.stdout);

    const pass = createPass(expected, onProgress);
    const argv = passArgv(CAPTURE_PATH);
    const result = await session.run({
      argv,
      timeoutMs: PASS_BASE_MS + readingMs,
      maxOutputBytes: PASS_BASE_OUTPUT + file.bytes * OUTPUT_PER_BYTE,
      onStdout: pass.push,
      signal,
    });
    commands.push(logged(argv, result));
    const cutOff = cutOffNote(result);
    if (signal.aborted)
      throw new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Ask for it again.');

    const { tables, notes } = pass.finish();
    const detected = detectAll(tables);
    const damaged = damageOf(result, tables.overview.packets);
    const facts = toFacts(file, tables, {
      damaged,
      linkTypes,
      notes: [
        ...(cutOff === null ? [] : [cutOff]),
        ...notes,
        ...miscount(expected, tables.overview.packets, cutOff !== null || damaged !== null),
        ...detected.notes,
      ],
    });
    return { facts, findings: detected.findings, commands };
  };
}

/** Feeds the stream of the pass into the tables. */
function createPass(expected: number | null, onProgress: OnProgress) {
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
    if (seen % PROGRESS_EVERY !== 0) return;
    const fraction = expected === null || expected === 0 ? null : Math.min(seen / expected, 1);
    onProgress({ fraction, message: `Measured ${seen} packets` });
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

/** Two readers that disagree on the number of packets are worth a line. */
function miscount(expected: number | null, read: number, partial: boolean): string[] {
  if (expected === null || expected === read || partial) return [];
  return [`capinfos counts ${expected} packets, tshark ${read}: the numbers here cover what tshark read.`];
}

function logged(argv: readonly string[], result: RunResult): LoggedCommand {
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
