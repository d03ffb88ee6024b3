/** Longest wait that a Retry-After may ask of us inside one call; a longer one is left to the orchestrator. */
export const LONGEST_WAIT_SECONDS = 20;
/** Wait where Azure says "too many requests" and not for how long; the SDK alone wouldn't try again. */
const USUAL_WAIT_SECONDS = 2;

export const WAIT_HEADERS = ['retry-after-ms', 'x-ms-retry-after-ms', 'retry-after'] as const;

/** An answer, as far as it is looked at. */
interface Answer {
  status: number;
  headers: { get(name: string): string | undefined };
}

/** How many seconds a throttled caller should wait; null where the answer is no throttling. */
export function waitSeconds(response: Answer, now: () => number): number | null {
  const asked = askedSeconds(response, now);
  const isThrottled = response.status === 429 || (response.status === 503 && asked !== null);
  return isThrottled ? (asked ?? USUAL_WAIT_SECONDS) : null;
}

/** Whole seconds that any answer asks to wait, told in milliseconds, in seconds or as a date; null without a word. */
export function askedSeconds({ headers }: Answer, now: () => number): number | null {
  const milliseconds = headers.get('retry-after-ms') ?? headers.get('x-ms-retry-after-ms');
  const named = headers.get('retry-after');
  if (milliseconds === undefined && named === undefined) {
    return null;
  }
  const plain = milliseconds === undefined ? Number(named) : Number(milliseconds) / 1000;
  const seconds = Number.isNaN(plain) ? (Date.parse(named ?? '') - now()) / 1000 : plain;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : USUAL_WAIT_SECONDS;
}
