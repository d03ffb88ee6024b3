import { requestClass, labelOf, type FaultAction } from './control/fault-kinds.ts';
import { faultReply, type Faults } from './control/faults.ts';
import type { History } from './control/history.ts';
import { asMishap } from './control/mishaps.ts';
import type { Stats } from './control/stats.ts';
import { admit, type GateDeps } from './gate.ts';
import { armError, type Call, type Reply, type Route } from './http/exchange.ts';
import type { Arrival } from './http/https-server.ts';
import { createRouter, type Match } from './http/router.ts';
import { standardHeaders } from './http/standard-headers.ts';
import type { Pace } from './pace.ts';
import type { Throttle } from './throttle.ts';

/** What stands before the services. */
export interface FrontDoorDeps extends GateDeps {
  readonly control: readonly Route[];
  readonly identity: readonly Route[];
  readonly resources: readonly Route[];
  readonly faults: Faults;
  readonly history: History;
  readonly stats: Stats;
  readonly throttle: Throttle;
  readonly pace: Pace;
}

const applyDelaySeconds = 3;

type Decide = (arrival: Arrival, fault: FaultAction | undefined) => Promise<Reply>;

/**
 * Answers every arrival: control and identity apart, faults first, then, for ARM, whatever turns a request away
 * (token, subscription, right, group, version, empty bucket), and at last the resource.
 */
export function createFrontDoor(deps: FrontDoorDeps): (arrival: Arrival) => void {
  const control = createRouter(deps.control);
  const identity = createRouter(deps.identity);
  const decide = createDecision(deps);
  const answer = async (arrival: Arrival): Promise<void> => {
    const { method, url } = arrival;
    const side = control(method, url.pathname);
    if (side !== undefined || url.pathname.startsWith('/_local')) {
      const missing = { status: 404, body: { error: 'There is no such control.' } };
      send(arrival, side ? await side.route.handle(toCall(arrival, side, undefined)) : missing);
      return;
    }
    const entry = deps.history.begin(method, `${url.pathname}${shortened(url)}`);
    const signIn = identity(method, url.pathname);
    const fault = deps.faults.take({
      service: signIn === undefined ? 'arm' : 'identity',
      kind: requestClass(method, url.pathname),
      method,
      path: url.pathname,
    });
    if (fault !== undefined) {
      entry.fault = labelOf(fault);
    }
    const reply = await suffer(deps, fault, async () =>
      signIn === undefined ? decide(arrival, fault) : signIn.route.handle(toCall(arrival, signIn, undefined)),
    );
    if (reply === 'cut') {
      arrival.cut();
    } else if (reply !== 'silence') {
      entry.status = reply.status;
      send(arrival, reply);
    }
  };
  return (arrival) => {
    answer(arrival).catch(() => {
      send(arrival, armError(500, 'InternalServerError', 'Local Azure itself failed on this request.'));
    });
  };
}

/** Lets a fault of the door come before, after or in place of the real answer. */
async function suffer(
  deps: FrontDoorDeps,
  fault: FaultAction | undefined,
  act: () => Promise<Reply>,
): Promise<Reply | 'cut' | 'silence'> {
  if (fault === 'hang') {
    return 'silence';
  }
  if (fault === 'reset-before') {
    return 'cut';
  }
  if (fault === 'delayed-apply') {
    deps.pace.after(applyDelaySeconds, () => {
      act().catch(() => undefined);
    });
    return armError(503, 'ServiceUnavailable', 'This failure was planted; the request is applied later.');
  }
  const reply = faultReply(fault) ?? (await act());
  if (fault === 'hang-after') {
    return 'silence';
  }
  return fault === 'reset-after' ? 'cut' : reply;
}

function createDecision(deps: FrontDoorDeps): Decide {
  const router = createRouter(deps.resources);
  return async (arrival, fault) => {
    const { method, url } = arrival;
    const match = router(method, url.pathname);
    deps.stats.request(match?.route.action ?? 'unknown');
    const admission = admit(deps, arrival, match?.route.action);
    if ('refusal' in admission) {
      return admission.refusal;
    }
    const subscription = match?.params.get('subscription')?.toLowerCase() ?? '';
    const caller = admission.principal.objectId;
    const drawn = deps.throttle.draw({ caller, subscription, method, path: url.pathname });
    const reply =
      drawn.refusal ??
      (match ? await match.route.handle(toCall(arrival, match, fault)) : noSuchResource(url));
    return { ...reply, headers: { ...drawn.headers, ...reply.headers } };
  };
}

function noSuchResource(url: URL): Reply {
  return armError(404, 'ResourceNotFound', `The Resource '${url.pathname}' was not found.`);
}

function toCall(arrival: Arrival, match: Match, fault: FaultAction | undefined): Call {
  return {
    method: arrival.method,
    url: arrival.url,
    body: arrival.body,
    mishap: asMishap(fault),
    param: (name) => match.params.get(name) ?? '',
  };
}

function send(arrival: Arrival, reply: Reply): void {
  const body = reply.body === undefined ? undefined : JSON.stringify(reply.body);
  const type = body === undefined ? undefined : { 'content-type': 'application/json; charset=utf-8' };
  arrival.send(reply.status, { ...standardHeaders(), ...type, ...reply.headers }, body);
}

/** The query of the history: signed operation addresses are three kilobytes long and say nothing. */
function shortened(url: URL): string {
  const version = url.searchParams.get('api-version');
  return version === null ? '' : `?api-version=${version}`;
}
