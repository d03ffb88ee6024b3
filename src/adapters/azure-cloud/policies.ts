import type { NetworkManagementClient } from '@azure/arm-network';
import type { Log } from '../../ports.ts';

type Policy = Parameters<NetworkManagementClient['pipeline']['addPolicy']>[0];
type Send = Policy['sendRequest'];
type Request = Parameters<Send>[0];
type Response = Awaited<ReturnType<Send>>;

/** Longest wait that a Retry-After may ask of us inside one call; a longer one is left to the orchestrator. */
const LONGEST_WAIT_SECONDS = 20;
/** Wait where Azure says "too many requests" and not for how long; the SDK alone wouldn't try again. */
const USUAL_WAIT_SECONDS = 2;

/**
 * What every ARM client of ours adds to the SDK's pipeline: a timeout for polls too, no token for other hosts, no
 * write sent twice, bounded throttling, and a log line with Azure's ids for each refusal.
 */
export function armPolicies(options: { armEndpoint: string; requestMs: number; log: Log }): {
  position: 'perCall' | 'perRetry';
  policy: Policy;
}[] {
  return [
    { position: 'perCall', policy: timeout(options.requestMs) },
    { position: 'perRetry', policy: ownOrigin(new URL(options.armEndpoint).origin) },
    { position: 'perRetry', policy: throttle() },
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

function throttle(): Policy {
  return {
    name: 'capwrightThrottle',
    sendRequest: async (request, next) => {
      const response = await next(request);
      const wait = waitSeconds(response);
      if (wait !== null) {
        ['retry-after-ms', 'x-ms-retry-after-ms', 'retry-after'].forEach((name) =>
          response.headers.delete(name),
        );
        if (wait <= LONGEST_WAIT_SECONDS) {
          response.headers.set('retry-after', String(wait));
        }
      }
      return response;
    },
  };
}

/** How long a throttled caller should wait; null where the answer is no throttling. */
function waitSeconds(response: Response): number | null {
  const named = response.headers.get('retry-after');
  const milliseconds = response.headers.get('retry-after-ms') ?? response.headers.get('x-ms-retry-after-ms');
  if (response.status !== 429 && !(response.status === 503 && (named ?? milliseconds) !== undefined)) {
    return null;
  }
  const seconds =
    milliseconds === undefined ? Number(named ?? USUAL_WAIT_SECONDS) : Number(milliseconds) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : USUAL_WAIT_SECONDS;
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
          correlationId: response.headers.get('x-ms-correlation-request-id') ?? null,
          requestId: response.headers.get('x-ms-request-id') ?? null,
        });
      }
      return response;
    },
  };
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
