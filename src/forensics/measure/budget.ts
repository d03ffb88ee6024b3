/** What one analysis may look at; null where it may look at all there is. */
export interface BudgetLimits {
  packets: number | null;
  /** How long the capture may be read, in milliseconds. */
  milliseconds: number | null;
}

export const NO_LIMITS: BudgetLimits = { packets: null, milliseconds: null };

/** What ended the reading before the end of the capture. */
export type SpentOn = keyof BudgetLimits;

/** The budget of one analysis, whose time runs from when it was made. */
export interface Budget {
  readonly limits: BudgetLimits;
  /** What ends the reading after this many packets, of which there are more; null while it may go on. */
  spent(packets: number): SpentOn | null;
  /** What is left of the time; Infinity where there is no limit, never below 0. */
  millisecondsLeft(): number;
}

/** `now` tells milliseconds, and is asked rarely enough by who asks once a chunk. */
export function createBudget(limits: BudgetLimits, now: () => number): Budget {
  const started = now();
  const millisecondsLeft = (): number =>
    limits.milliseconds === null ? Infinity : Math.max(limits.milliseconds - (now() - started), 0);
  return {
    limits,
    spent: (packets) => {
      if (limits.packets !== null && packets >= limits.packets) return 'packets';
      return millisecondsLeft() === 0 ? 'milliseconds' : null;
    },
    millisecondsLeft,
  };
}

/** How far a reading came that its budget ended; null for what is not known. */
export interface Covered {
  packets: number;
  /** Packets in the whole capture. */
  ofPackets: number | null;
  /** Bytes of the file, as it lies on disk. */
  bytes: number | null;
  ofBytes: number;
}

/** A sentence on a budget that is spent: what it was, what was covered, and how to have all of it covered. */
export function spentNote(spentOn: SpentOn, { limits }: Budget, covered: Covered): string {
  const [limit, setting] =
    spentOn === 'packets'
      ? [`${limits.packets} packets`, 'CAPWRIGHT_ANALYSIS_MAX_PACKETS']
      : [`${(limits.milliseconds ?? 0) / 1000} seconds`, 'CAPWRIGHT_ANALYSIS_MAX_SECONDS'];
  return (
    `The budget of this analysis was spent (${limit}): it covers the first ${reach(covered)}. ` +
    `To have all of it looked at, raise ${setting}.`
  );
}

function reach({ packets, ofPackets, bytes, ofBytes }: Covered): string {
  const inPackets = ofPackets === null ? `${packets} packets` : `${packets} of ${ofPackets} packets`;
  return bytes === null ? inPackets : `${inPackets}, ${bytes} of ${ofBytes} bytes of the file`;
}
