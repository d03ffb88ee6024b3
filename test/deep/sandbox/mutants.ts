import { statSync } from 'node:fs';
import { CaptureFacts } from '../../../src/domain/facts.ts';
import { Finding } from '../../../src/domain/finding.ts';
import { createMeasure } from '../../../src/forensics/measure/measure.ts';
import { CAPTURE_PATH, type Sandbox, type SandboxSession } from '../../../src/ports.ts';
import type { Base } from './bases.ts';

/** A capture with some of its packets' bytes changed at random; the same three give the same bytes again. */
export interface Mutant {
  base: Base;
  /** Of each byte of a packet to be changed. */
  probability: number;
  seed: number;
}

export interface Verdict {
  mutant: Mutant;
  /** How the measuring pass ended, or `refused` where there was no measurement. */
  outcome: string;
  packets: number;
  findings: number;
  /** What must not be; empty where all is well. */
  faults: string[];
}

const PROBABILITIES = [0.002, 0.01, 0.03, 0.1, 0.3];
const MUTANT_PATH = '/workspace/mutant.pcapng';
/** Small captures: what takes longer is a loop in a dissector, and a typed outcome like any other. */
const LONGEST_MS = 30_000;

/** `count` mutants, spread evenly over the bases; seeds count on from `firstSeed`. */
export function plannedMutants(bases: readonly Base[], count: number, firstSeed: number): Mutant[] {
  return Array.from({ length: count }, (_, n) => {
    const base = bases[n % bases.length];
    const probability = PROBABILITIES[(n + Math.floor(n / bases.length)) % PROBABILITIES.length];
    if (base === undefined || probability === undefined) throw new Error('there is no capture to mutate');
    return { base, probability, seed: firstSeed + n };
  });
}

/** What a person sets to have the deep tier meet a mutant again. */
export function named({ base, probability, seed }: Mutant): string {
  return `CAPWRIGHT_MUTANT='${base.id} ${probability} ${seed}'`;
}

/**
 * Makes the mutants inside the sandbox and measures each as the product measures a capture. Mutants of one capture
 * share a session; `lanes` sessions run side by side.
 */
export async function judgeMutants(
  sandbox: Sandbox,
  mutants: readonly Mutant[],
  lanes: number,
): Promise<Verdict[]> {
  const waiting = [...Map.groupBy(mutants, ({ base }) => base.id).values()];
  const verdicts: Verdict[] = [];
  const lane = async (): Promise<void> => {
    for (let family = waiting.shift(); family !== undefined; family = waiting.shift()) {
      verdicts.push(...(await judgeFamily(sandbox, family)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return verdicts;
}

async function judgeFamily(sandbox: Sandbox, family: readonly Mutant[]): Promise<Verdict[]> {
  const [first] = family;
  if (first === undefined) return [];
  const signal = new AbortController().signal;
  const session = await sandbox.open({ capturePath: first.base.path, signal });
  try {
    const verdicts: Verdict[] = [];
    for (const mutant of family) verdicts.push(await judge(session, mutant));
    return verdicts;
  } finally {
    await session.stop();
  }
}

async function judge(session: SandboxSession, mutant: Mutant): Promise<Verdict> {
  const { probability, seed } = mutant;
  // A base that is damaged gives the packets before the damage, and an exit code.
  const made = await session.run({
    argv: ['editcap', '-E', String(probability), '--seed', String(seed), CAPTURE_PATH, MUTANT_PATH],
    timeoutMs: LONGEST_MS,
    maxOutputBytes: 64 * 1024,
  });
  if (made.outcome !== 'exit') return refused(mutant, `editcap ended as ${made.outcome}`);
  try {
    return await measured(session, mutant);
  } catch (error) {
    // Nobody cancelled and no engine died, so there is nothing that may be thrown.
    return refused(mutant, error instanceof Error ? (error.stack ?? error.message) : 'not an error');
  }
}

async function measured(session: SandboxSession, mutant: Mutant): Promise<Verdict> {
  const { path } = mutant.base;
  const { facts, findings, commands } = await createMeasure()(ofMutant(session), {
    file: { path, bytes: statSync(path).size, sha256: () => Promise.resolve('0'.repeat(64)), format: 'pcap' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const { packets } = facts.capture;
  const invalid = [CaptureFacts.safeParse(facts), Finding.array().safeParse(findings)].flatMap(
    ({ error }) => error?.message ?? [],
  );
  const uncited = findings.filter(({ frames }) => frames.some((frame) => frame < 1 || frame > packets));
  return {
    mutant,
    outcome: commands.find(({ outcome }) => outcome !== 'exit')?.outcome ?? 'exit',
    packets,
    findings: findings.length,
    faults: [...invalid, ...uncited.map(({ kind }) => `${kind} cites a frame that is not there`)],
  };
}

function refused(mutant: Mutant, fault: string): Verdict {
  return { mutant, outcome: 'refused', packets: 0, findings: 0, faults: [fault] };
}

/** The session as the measurement sees it, with the mutant where the capture would be. */
function ofMutant(session: SandboxSession): SandboxSession {
  return {
    ...session,
    run: (command) =>
      session.run({
        ...command,
        argv: command.argv.map((part) => (part === CAPTURE_PATH ? MUTANT_PATH : part)),
        timeoutMs: Math.min(command.timeoutMs, LONGEST_MS),
      }),
  };
}

/** One line per outcome: how many mutants ended so. */
export function distribution(verdicts: readonly Verdict[]): string {
  const counts = [...Map.groupBy(verdicts, ({ outcome }) => outcome)].map(
    ([outcome, { length }]) => `${length} ${outcome}`,
  );
  const sum = (of: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  return `${counts.join(', ')}; ${sum(({ packets }) => packets)} packets, ${sum(({ findings }) => findings)} findings`;
}
