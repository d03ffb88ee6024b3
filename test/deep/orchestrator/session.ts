import type { CaptureBlob, CapturePlan } from '../../../src/domain/capture-plan.ts';
import type { Random } from './random.ts';

/** A capture session in the simulated Azure, and what it will leave in the storage account. */
export interface Session {
  plan: CapturePlan;
  startedAt: number;
  stoppedAt: number | null;
  /** Word of an error that ends the session, where it is one that fails. */
  error: string | null;
  files: { url: string; instanceId: string | null; delayMs: number }[];
}

const BYTES = 24;
/** A file of a ring is in the account for so long before it is whole. */
const GROWING_MS = 4000;

export function newSession(
  plan: CapturePlan,
  now: number,
  { random, faulty }: { random: Random; faulty: boolean },
): Session {
  const delayMs = (): number => random.between(0, faulty ? 60_000 : 5000);
  const file = (url: string, instanceId: string | null) => ({ url, instanceId, delayMs: delayMs() });
  const instances = plan.targetType === 'AzureVMSS' ? plan.instances.map(({ id }) => id) : [null];
  const places = plan.ring === null ? [null] : Array.from({ length: plan.ring.fileCount }, (_, n) => n + 1);
  const files = instances
    .filter((id) => id === null || !(faulty && random.chance(0.1)))
    .flatMap((id) => places.map((place) => file(urlOf(plan, id, place), id)));
  const error = faulty && random.chance(0.05) ? 'StorageFailed' : null;
  return { plan, startedAt: now, stoppedAt: null, error, files };
}

/** The instance, and then the place in the ring, go before the ending. */
function urlOf(plan: CapturePlan, id: string | null, place: number | null): string {
  const instance = id === null ? '' : `_${id}`;
  const number = place === null ? '' : `_${String(place).padStart(5, '0')}`;
  return plan.storagePath.replace(/\.cap$/, `${instance}${number}.cap`);
}

export function isOver(session: Session, now: number): boolean {
  return now >= endOf(session);
}

function endOf({ stoppedAt, startedAt, plan, error }: Session): number {
  return stoppedAt ?? startedAt + plan.durationSeconds * (error === null ? 1000 : 500);
}

/** The files of a session that lie in the account at a time. */
export function blobsOf(session: Session, now: number): CaptureBlob[] {
  if (session.error !== null) {
    return [];
  }
  const end = endOf(session);
  const growing = session.plan.ring === null ? 0 : GROWING_MS;
  return session.files
    .filter(({ delayMs }) => now >= end + delayMs)
    .map(({ url, instanceId, delayMs }) => ({
      url,
      instanceId,
      bytes: now >= end + delayMs + growing ? BYTES : BYTES / 2,
    }));
}

/** Stands for the bytes of a file, and for their hash. */
export function contentOf(url: string, bytes: number): string {
  return `${bytes} bytes of ${url}`;
}
