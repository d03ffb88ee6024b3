import { z } from 'zod';
import type { CapturePlan, CaptureReading } from '../../domain/capture-plan.ts';
import type { CaptureKey } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';

/** What Azure says of a session itself, apart from the resource. */
export type SessionStatus = Pick<CaptureReading, 'status' | 'stopReason' | 'errors' | 'retryAfterMs'>;

const Word = z.string().regex(/^[A-Za-z][A-Za-z0-9 _-]{0,63}$/);

const Answer = z.object({
  packetCaptureStatus: z.enum(['NotStarted', 'Running', 'Stopped', 'Error', 'Unknown']).catch('Unknown'),
  stopReason: Word.nullish().catch('Other'),
  packetCaptureError: z.array(Word.catch('InternalError')).max(20).nullish().catch(['InternalError']),
});

const StillRunning = z.object({ packetCaptureStatus: z.literal('Running') });

/**
 * Asks for the status of a session, or null where the capture doesn't exist. For a running session Azure answers
 * 202 with the full status and wants to be polled for the same again ten seconds later; we take its first word.
 */
export async function readStatus(
  azure: Azure,
  at: Pick<CapturePlan, CaptureKey>,
  signal: AbortSignal,
): Promise<SessionStatus | null> {
  const work = { doing: 'reading the status of the capture', ms: azure.timeouts.readMs, signal };
  return azure.bounded(work, async (abortSignal) => {
    const network = await azure.clients.network(at.subscriptionId);
    let first: unknown;
    let hint: string | undefined;
    const poller = network.packetCaptures.getStatus(at.watcherResourceGroup, at.watcherName, at.captureName, {
      abortSignal,
      updateIntervalInMs: azure.timeouts.pollMs,
      onResponse: (response) => {
        first = parsed(response.bodyAsText);
        hint ??= response.headers.get('retry-after');
      },
    });
    try {
      await poller.submitted();
      return StillRunning.safeParse(first).success
        ? { ...stillRunning(), retryAfterMs: waitOf(hint) }
        : toStatus(await poller);
    } catch (error) {
      if (isMissing(error)) {
        return null;
      }
      throw error;
    }
  });
}

/** The status of a session that runs. */
export function stillRunning(): SessionStatus {
  return { status: 'Running', stopReason: null, errors: [] };
}

function toStatus(answer: unknown): SessionStatus {
  const { packetCaptureStatus, stopReason, packetCaptureError } = Answer.parse(answer ?? {});
  return {
    status: packetCaptureStatus,
    stopReason: stopReason ?? null,
    errors: packetCaptureError ?? [],
  };
}

/** What Azure asks to wait before the next question, in milliseconds; no more than a minute is believed. */
function waitOf(seconds: string | undefined): number {
  const wait = Number(seconds ?? 0) * 1000;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 60_000) : 0;
}

function parsed(body: unknown): unknown {
  try {
    return typeof body === 'string' ? JSON.parse(body) : body;
  } catch {
    return undefined;
  }
}
