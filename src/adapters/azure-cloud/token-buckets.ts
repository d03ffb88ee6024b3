import type { Clock } from '../../ports.ts';

/** What ARM counts apart. */
type Kind = 'reads' | 'writes' | 'deletes';

export interface ArmRequest {
  method: string;
  url: string;
}

/** Our own copy of ARM's token buckets: whoever would be refused waits here, in order, instead of there. */
export interface TokenBuckets {
  /** Resolves when the request may be sent; rejects where `signal` aborts first. */
  take(request: ArmRequest, signal?: AbortSignal): Promise<void>;
  /** Azure refused a request of this kind and named a wait: for so long nobody gets a token. */
  drain(request: ArmRequest, seconds: number): void;
}

/** Four fifths of what ARM grants one caller per subscription: other programs sign in as the same caller. */
const SIZES: Record<Kind, { size: number; perSecond: number }> = {
  reads: { size: 200, perSecond: 20 },
  writes: { size: 160, perSecond: 8 },
  deletes: { size: 160, perSecond: 8 },
};
/** No wait that Azure names is believed beyond this. */
const LONGEST_SECONDS = 300;

interface Bucket {
  /** Below zero: so many are waiting. */
  tokens: number;
  at: number;
}

/** Makes full buckets, one for each subscription and kind of request. */
export function createTokenBuckets(clock: Clock): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  const filled = (request: ArmRequest): { bucket: Bucket; perSecond: number } => {
    const kind = kindOf(request);
    const { size, perSecond } = SIZES[kind];
    const key = `${kind} ${subscriptionOf(request)}`;
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: size, at: now };
    const seconds = Math.max(now - bucket.at, 0) / 1000;
    bucket.tokens = Math.min(size, bucket.tokens + seconds * perSecond);
    bucket.at = now;
    buckets.set(key, bucket);
    return { bucket, perSecond };
  };
  return {
    take: async (request, signal) => {
      const { bucket, perSecond } = filled(request);
      bucket.tokens -= 1;
      if (bucket.tokens < 0) {
        await clock.sleep((-bucket.tokens / perSecond) * 1000, signal);
        if (signal?.aborted === true) {
          bucket.tokens += 1;
          signal.throwIfAborted();
        }
      }
    },
    drain: (request, seconds) => {
      const { bucket, perSecond } = filled(request);
      bucket.tokens = Math.min(bucket.tokens, -Math.min(seconds, LONGEST_SECONDS) * perSecond);
    },
  };
}

/** A query of the status is a POST that ARM has been seen to charge as a read. */
function kindOf({ method, url }: ArmRequest): Kind {
  if (method === 'DELETE') {
    return 'deletes';
  }
  return method === 'GET' || method === 'HEAD' || new URL(url).pathname.endsWith('/queryStatus')
    ? 'reads'
    : 'writes';
}

function subscriptionOf({ url }: ArmRequest): string {
  return /\/subscriptions\/([^/?]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';
}
