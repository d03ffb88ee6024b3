import type { NetworkManagementClient } from '@azure/arm-network';
import type { Log } from '../../ports.ts';
import { askedSeconds, LONGEST_WAIT_SECONDS, WAIT_HEADERS, waitSeconds } from './retry-after.ts';
import type { TokenBuckets } from './token-buckets.ts';

type Policy = Parameters<NetworkManagementClient['pipeline']['addPolicy']>[0];
type Send = Policy['sendRequest'];
type Request = Parameters<Send>[0];

/**
 * What every ARM client of ours adds to the SDK's pipeline: a timeout for polls too, no token for other hosts, no
 * write sent twice, no more requests than ARM grants, bounded throttling, and a log line with Azure's ids for each refusal.
 */
export function armPolicies(options: {
  armEndpoint: string;
  requestMs: number;
  log: Log;
  now: () => number;
  buckets: TokenBuckets;
}): {
  position: 'perCall' | 'perRetry';
  policy: Policy;
}[] {
  return [
    { position: 'perCall', policy: timeout(options.requestMs) },
    { position: 'perRetry', policy: ownOrigin(new URL(options.armEndpoint).origin) },
    { position: 'perRetry', policy: throttle(options.now) },
    { position: 'perRetry', policy: paced(options.buckets, options.now) },
    { position: 'perRetry', policy: noResend() },
    { position: 'perRetry', policy: reporter(options.log) },
  ];
}

/** The SDK's own timeout option leaves polls without one. */
function timeout(ms: number): Policy {
  return {
    name: 'capwrightTimeout',
    sendRequest: async (request, next) => {
      request.timeout = ms;
      return next(request);
    },
  };
}

/** Poll URLs and next links come from answers, and the SDK would carry the token wherever they point. */
function ownOrigin(origin: string): Policy {
  return {
    name: 'capwrightOwnOrigin',
    sendRequest: async (request, next) => {
      if (new URL(request.url).origin !== origin) {
        throw Object.assign(new Error('an answer pointed to another host'), {
          code: 'ForeignPollUrl',
          statusCode: 502,
        });
      }
      return next(request);
    },
  };
}

/**
 * Every wait that Azure asks for reaches the SDK in seconds and within bounds: it would take any number for good, of a
 * poll too. A throttled request whose wait is longer fails instead, and the orchestrator comes back.
 */
function throttle(now: () => number): Policy {
  return {
    name: 'capwrightThrottle',
    sendRequest: async (request, next) => {
      const response = await next(request);
      const wait = waitSeconds(response, now);
      const asked = wait ?? askedSeconds(response, now);
      if (asked !== null) {
        WAIT_HEADERS.forEach((name) => response.headers.delete(name));
        if (wait === null || wait <= LONGEST_WAIT_SECONDS) {
          response.headers.set('retry-after', String(Math.min(asked, LONGEST_WAIT_SECONDS)));
        }
      }
      return response;
    },
  };
}

/** Waits for a token before each request, and makes all others wait too where Azure refuses one all the same. */
function paced(buckets: TokenBuckets, now: () => number): Policy {
  return {
    name: 'capwrightPaced',
    sendRequest: async (request, next) => {
      const { abortSignal } = request;
      await buckets.take(request, abortSignal instanceof AbortSignal ? abortSignal : undefined);
      const response = await next(request);
      const wait = waitSeconds(response, now);
      if (wait !== null) {
        // Whoever is told to wait longer comes back later; nobody else may be held up inside a call for so long.
        buckets.drain(request, Math.min(wait, LONGEST_WAIT_SECONDS));
      }
      return response;
    },
  };
}

/** Azure's support asks for these ids, and the SDK drops them from failed operations. */
function reporter(log: Log): Policy {
  return {
    name: 'capwrightReporter',
    sendRequest: async (request, next) => {
      const response = await next(request);
      if (response.status >= 400 && response.status !== 404) {
        log('warn', 'Azure refused a request', {
          method: request.method,
          status: response.status,
          code: codeOf(response.bodyAsText),
          correlationId: response.headers.get('x-ms-correlation-request-id') ?? null,
          requestId: response.headers.get('x-ms-request-id') ?? null,
        });
      }
      return response;
    },
  };
}

/** The code in an error's body; its text may say anything and is left out. */
function codeOf(body: string | null | undefined): string | null {
  return /"code"\s*:\s*"([A-Za-z][A-Za-z0-9_.-]{0,79})"/.exec(body ?? '')?.[1] ?? null;
}

/**
 * A write without a clear answer may have been carried out, and the SDK would send it again. The next step of the
 * task reads first instead. Only a 429 is known to have done nothing.
 */
function noResend(): Policy {
  return {
    name: 'capwrightNoResend',
    sendRequest: async (request, next) => {
      if (isSafe(request)) {
        return next(request);
      }
      const response = await next(request).catch((error: unknown) => {
        throw unanswered({ code: 'REQUEST_SEND_ERROR' }, error);
      });
      if (response.status === 408 || response.status >= 500) {
        throw unanswered({ statusCode: response.status, response });
      }
      return response;
    },
  };
}

/** The retry policy only looks at RestErrors; this is none. */
function unanswered(facts: object, cause?: unknown): Error {
  return Object.assign(new Error('a write got no clear answer', { cause }), {
    name: 'UnansweredWrite',
    ...facts,
  });
}

function isSafe(request: Request): boolean {
  return ['GET', 'HEAD'].includes(request.method) || new URL(request.url).pathname.endsWith('/queryStatus');
}
