import type { DeepBudget } from './deep-lane.ts';
import { isMeasured, SHARES } from './shares.ts';

/**
 * Who may spend what of the budget, and when. It is let out as the file is read, so that what comes late finds as much
 * as what came early; three quarters of what is out are for whoever comes, the last quarter for shares that had less than
 * an eighth of it (a quarter, where something is measured of what they carry); and what runs on ports of which nothing is measured never has more than its part together.
 */
export interface Allowance {
  /** Whether a packet of `bytes` may be given; of a conversation that has begun (`isRunning`) a little sooner. */
  allows(share: number, bytes: number, isRunning: boolean): boolean;
  allowsSample(bytes: number): boolean;
  spend(share: number, bytes: number, isSample: boolean): void;
  offered(share: number): void;
  /** Shares that were offered anything. */
  shares(): { share: number; offered: number; taken: number }[];
}

const AT_FIRST = 1 / 8;
const OPEN_TO_ALL = 3 / 4;
const FAIR_PART = 1 / 8;
const FAIR_PART_MEASURED = 1 / 4;
const UNMEASURED_PART = 5 / 8;
const SAMPLE_PART = 1 / 8;
/** A new conversation is not begun where there is hardly room for it. */
const ROOM_TO_BEGIN = 0.92;
/** Shares may always have so much, whatever the size of the file. */
const SMALL = { packets: 64, bytes: 64 * 1024 };

interface Amount {
  packets: number;
  bytes: number;
}

export function createAllowance(budget: DeepBudget, progress: () => number): Allowance {
  const offered = new Uint32Array(SHARES);
  const takenPackets = new Uint32Array(SHARES);
  const takenBytes = new Float64Array(SHARES);
  const all: Amount = { packets: 0, bytes: 0 };
  const unmeasured: Amount = { packets: 0, bytes: 0 };
  const sample: Amount = { packets: 0, bytes: 0 };

  const out = (): Amount => {
    const part = AT_FIRST + (1 - AT_FIRST) * progress();
    return { packets: budget.packets * part, bytes: budget.bytes * part };
  };
  const within = (spent: Amount, bytes: number, limit: Amount, part: number): boolean =>
    spent.packets < limit.packets * part && spent.bytes + bytes <= limit.bytes * part;

  return {
    allows(share, bytes, isRunning) {
      const limit = out();
      if (!within(all, bytes, limit, isRunning ? 1 : ROOM_TO_BEGIN)) return false;
      if (!isMeasured(share) && !within(unmeasured, bytes, limit, UNMEASURED_PART)) return false;
      if (within(all, bytes, limit, OPEN_TO_ALL)) return true;
      const own = { packets: takenPackets[share] ?? 0, bytes: takenBytes[share] ?? 0 };
      const part = isMeasured(share) ? FAIR_PART_MEASURED : FAIR_PART;
      return within(own, bytes, limit, part) || within(own, bytes, SMALL, 1);
    },
    allowsSample: (bytes) => {
      const limit = out();
      return within(all, bytes, limit, 1) && within(sample, bytes, limit, SAMPLE_PART);
    },
    spend(share, bytes, isSample) {
      const amounts = isSample ? [all, sample] : isMeasured(share) ? [all] : [all, unmeasured];
      for (const amount of amounts) {
        amount.packets += 1;
        amount.bytes += bytes;
      }
      if (isSample) return;
      takenPackets[share] = (takenPackets[share] ?? 0) + 1;
      takenBytes[share] = (takenBytes[share] ?? 0) + bytes;
    },
    offered(share) {
      offered[share] = (offered[share] ?? 0) + 1;
    },
    shares() {
      const found = [];
      for (let share = 0; share < SHARES; share += 1) {
        const count = offered[share] ?? 0;
        if (count > 0) found.push({ share, offered: count, taken: takenPackets[share] ?? 0 });
      }
      return found;
    },
  };
}
