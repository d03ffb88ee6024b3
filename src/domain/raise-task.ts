import { z } from 'zod';

const Doc = z.record(z.string(), z.unknown());

/** The wait for a late create request, as the version before had it. */
const LATE_ARRIVAL_MS = 60_000;

/**
 * Gives a stored task the fields that came after it was written, so that a newer version goes on where an older one
 * stopped. A document of today comes back as it is; what is no task is left for the schema to refuse.
 */
export function raiseTask(stored: unknown): unknown {
  if (typeof stored === 'object' && stored !== null && 'lookedAt' in stored) {
    return stored;
  }
  const parsed = Doc.safeParse(stored);
  if (!parsed.success) {
    return stored;
  }
  const { file, ...doc } = parsed.data;
  return {
    ...doc,
    deleteBlobs: false,
    blobsGone: false,
    lookedAt: doc['since'],
    unclearUntil: unclearUntil(doc),
    storagePath: doc['storagePath'] ?? null,
    ...ofState(doc, file),
  };
}

function ofState(doc: Record<string, unknown>, file: unknown): Record<string, unknown> {
  switch (doc['state']) {
    case 'provisioning':
      return { fence: 1 };
    case 'downloading':
      return { files: [], listing: null };
    case 'cleaning':
      return { outcome: raiseOutcome(doc['outcome']), goneAt: null };
    case 'analyzing':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return brought(file);
    default:
      return {};
  }
}

function raiseOutcome(stored: unknown): unknown {
  const parsed = Doc.safeParse(stored);
  if (!parsed.success) {
    return stored;
  }
  const { file, ...outcome } = parsed.data;
  return { ...outcome, ...brought(file) };
}

function brought(file: unknown): Record<string, unknown> {
  return { files: file === undefined || file === null ? [] : [file], missing: [] };
}

/** Where a create request may have gone without an answer, its wait is counted from the last that was written. */
function unclearUntil(doc: Record<string, unknown>): number | null {
  const mayBe =
    doc['state'] === 'provisioning' || (doc['state'] === 'cleaning' && doc['captureStatus'] === null);
  return mayBe ? Number(doc['updatedAt']) + LATE_ARRIVAL_MS : null;
}
