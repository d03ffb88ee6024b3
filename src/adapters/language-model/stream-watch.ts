/** Ends the body of a response that was begun and then brought nothing more. */
export class SilentStreamError extends Error {
  override name = 'SilentStreamError';
}

/** A fetch whose response bodies fail with SilentStreamError once they bring no byte for `silenceMs`, or never began to. */
export function createWatchedFetch(silenceMs: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) return response;
    const { body, status, statusText, headers } = response;
    return new Response(body.pipeThrough(watch(silenceMs)), { status, statusText, headers });
  };
}

function watch(silenceMs: number): TransformStream<Uint8Array, Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  return new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      timer = setTimeout(() => controller.error(new SilentStreamError()), silenceMs);
    },
    transform(chunk, controller) {
      timer?.refresh();
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
    cancel: () => clearTimeout(timer),
  });
}

/** Whether an error is, or wraps, the end of a silent stream. */
export function isSilence(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof SilentStreamError) return true;
  }
  return false;
}
