import { sessionCap, type CapturePlan } from './capture-plan.ts';

/** The most bytes that one machine's session can leave: its cap, or all files of its ring. */
export function sessionBytes({ ring, totalBytes }: Pick<CapturePlan, 'ring' | 'totalBytes'>): number {
  return ring === null ? sessionCap(totalBytes) : ring.fileCount * ring.fileBytes;
}

/** Machines that a capture records: each instance of a scale set has a session of its own. */
export function machineCount({ instances }: Pick<CapturePlan, 'instances'>): number {
  return Math.max(1, instances.length);
}

/** The most bytes that a capture can leave, whatever happens; most leave far fewer. */
export function mostBytes(plan: CapturePlan): number {
  return sessionBytes(plan) * machineCount(plan);
}
