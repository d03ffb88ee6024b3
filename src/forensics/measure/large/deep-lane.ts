import type { LoggedCommand } from '../../../domain/analysis.ts';
import type { SandboxSession } from '../../../ports.ts';
import type { Packet } from '../packet.ts';
import { passMs } from '../pass.ts';
import { createCrossCheck } from './cross-check.ts';
import { notesOf } from './deep-notes.ts';
import type { DeepCoverage, DeepLane } from './deep-offer.ts';
import { recover } from './deep-recovery.ts';
import { createSubsetRunner, type SubsetRun } from './deep-run.ts';
import { createSelection } from './selection.ts';
import { shareOf } from './shares.ts';
import { createSubset } from './subset.ts';

export interface DeepLaneOptions {
  session: SandboxSession;
  signal: AbortSignal;
  /** Size of the file, which bounds how long tshark may wait for packets. */
  fileBytes: number;
  /** How much of the file was read by now, from 0 to 1; null where its size does not tell. */
  progress: () => number | null;
  /** Default: DEEP_BUDGET. */
  budget?: DeepBudget;
  /**
   * Hears what tshark says of each packet that our own reader does not understand, in file order, with our numbers. The
   * row of a packet holds during the call only.
   */
  onPacket: (packet: Packet) => void;
}

export interface DeepBudget {
  packets: number;
  bytes: number;
}

/** Three seconds of tshark or so, whatever the size of the capture. */
export const DEEP_BUDGET: DeepBudget = { packets: 100_000, bytes: 24 * 1024 * 1024 };

/**
 * Puts tshark beside our own reader: from the first packet that it alone understands, one tshark in the sandbox reads,
 * on its standard input, what `offer` selects, while the file is still being read. Where no packet is for it, none is started.
 */
export function createDeepLane(options: DeepLaneOptions): DeepLane {
  const { session, signal, onPacket, progress, budget = DEEP_BUDGET } = options;
  const subset = createSubset();
  const selection = createSelection(budget, progress);
  const crossCheck = createCrossCheck();
  const commands: LoggedCommand[] = [];
  const limitMs = passMs(options.fileBytes);
  let read = 0;

  const run = createSubsetRunner({
    session,
    signal,
    subset,
    commands,
    budget,
    onPacket: (packet, taken) => {
      read += 1;
      if (taken.isSample) crossCheck.tellTshark(taken.kind, taken.stream, packet.row);
      else onPacket(packet);
    },
  });
  let first: Promise<SubsetRun> | null = null;

  return {
    offer(packet) {
      const share = shareOf(packet);
      const choice = selection.choose(packet, share);
      if (choice === 'skip' || !subset.add(packet, share, choice === 'compare')) return false;
      if (choice === 'compare') {
        const kind = packet.frame.transport === UDP ? 'udp' : 'tcp';
        crossCheck.tellOwn(packet, kind, selection.isComparable(packet));
      }
      first ??= begun(run({ further: [], without: new Set(), timeoutMs: limitMs }));
      return true;
    },
    async finish() {
      subset.end();
      const end = first === null ? null : await recover(await first, { run, limitMs, subset });
      const counts = { read, taken: subset.packets, takenBytes: subset.bytes };
      const coverage: DeepCoverage = { ...selection.coverage(), ...counts };
      const compared = crossCheck.finish();
      return {
        coverage,
        crossCheck: compared,
        commands,
        notes: [...notesOf(coverage, compared), ...(end?.notes ?? [])],
        partial: end?.partial ?? null,
        isWhole: (kind, stream) => end?.partial === null && selection.isWhole(kind, stream),
      };
    },
  };
}

const UDP = 17;

/** A run that ends badly before anybody waits for it is no fault of its own. */
function begun(run: Promise<SubsetRun>): Promise<SubsetRun> {
  run.catch(() => undefined);
  return run;
}
