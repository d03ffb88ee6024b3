import type { CurrentSettings } from './control/settings.ts';
import type { Stats } from './control/stats.ts';
import { armError, type Reply } from './http/exchange.ts';

/** ARM's token buckets, one set for each caller and subscription. */
export interface Throttle {
  /** Takes a token; the headers tell what is left, the refusal is there when nothing was and throttling is on. */
  readonly draw: (request: { caller: string; subscription: string; method: string; path: string }) => Drawn;
}

interface Drawn {
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal?: Reply;
}

interface Bucket {
  tokens: number;
  at: number;
}

type Kind = keyof typeof sizes;

/** Size and refill per second, as documented since 2024; the subscription as a whole has fifteen times as much. */
const sizes = {
  reads: { size: 250, refill: 25 },
  writes: { size: 200, refill: 10 },
  deletes: { size: 200, refill: 10 },
} as const;

const subscriptionFactor = 15;

/** Full buckets; `now` gives milliseconds. */
export function createThrottle(deps: {
  settings: CurrentSettings;
  stats: Stats;
  now: () => number;
}): Throttle {
  const buckets = new Map<string, Bucket>();
  const take = (key: string, { size, refill }: { size: number; refill: number }): number => {
    const now = deps.now();
    const bucket = buckets.get(key) ?? { tokens: size, at: now };
    bucket.tokens = Math.min(size, bucket.tokens + ((now - bucket.at) / 1000) * refill);
    bucket.at = now;
    buckets.set(key, bucket);
    const left = bucket.tokens - 1;
    bucket.tokens = Math.max(0, left);
    return left;
  };
  return {
    draw({ caller, subscription, method, path }) {
      const kind = kindOf(method, path);
      const { size, refill } = sizes[kind];
      const own = take(`${kind} ${caller} ${subscription}`, sizes[kind]);
      const all = take(`${kind} ${subscription}`, {
        size: size * subscriptionFactor,
        refill: refill * subscriptionFactor,
      });
      const headers = remaining(kind, path, own, all);
      if (Math.min(own, all) >= 0 || !deps.settings.current().throttle) {
        return { headers };
      }
      deps.stats.refusal('throttled');
      return { headers, refusal: throttled(subscription, `${method}${path}`, Math.ceil(-own / refill)) };
    },
  };
}

/** The recordings of 2026 charge queryStatus as a read although it is a POST. */
function kindOf(method: string, path: string): Kind {
  if (method === 'DELETE') {
    return 'deletes';
  }
  return method === 'GET' || path.toLowerCase().endsWith('/querystatus') ? 'reads' : 'writes';
}

function remaining(kind: Kind, path: string, own: number, all: number): Record<string, string> {
  const prefix = 'x-ms-ratelimit-remaining-subscription';
  return {
    // Reads were recorded with the count of the whole subscription only.
    ...(kind !== 'reads' && { [`${prefix}-${kind}`]: count(own) }),
    [`${prefix}-global-${kind}`]: count(all),
    ...(path.toLowerCase().includes('/microsoft.compute/') && {
      'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/LowCostGetResource;25',
    }),
  };
}

function count(tokens: number): string {
  return String(Math.max(0, Math.floor(tokens)));
}

function throttled(subscription: string, operation: string, seconds: number): Reply {
  const wait = Math.max(1, seconds);
  const path = operation.replace(/\/subscriptions\/[^/]+/iu, '/SUBSCRIPTIONS').toUpperCase();
  const message = `Number of requests for subscription '${subscription}' and operation '${path}' exceeded the backend storage limit. Please try again after '${wait}' seconds.`;
  return {
    ...armError(429, 'SubscriptionRequestsThrottled', message),
    headers: { 'retry-after': String(wait) },
  };
}
