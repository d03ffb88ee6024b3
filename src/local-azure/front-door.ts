import { faultReply, type Faults } from './control/faults.ts';
import type { History } from './control/history.ts';
import { refuse } from './gate.ts';
import { armError, type Call, type Reply, type Route } from './http/exchange.ts';
import type { Arrival } from './http/https-server.ts';
import { createRouter, type Match } from './http/router.ts';
import { standardHeaders } from './http/standard-headers.ts';
import type { Tokens } from './identity/tokens.ts';

/** What stands before the services. */
export interface FrontDoorDeps {
  readonly control: readonly Route[];
  readonly identity: readonly Route[];
  readonly resources: readonly Route[];
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly history: History;
  readonly origin: string;
}

/**
 * Answers every arrival: planted faults first, then, for ARM, the token, the subscription, the right,
 * the resource group and at last the resource, in the order in which ARM refuses.
 */
export function createFrontDoor(deps: FrontDoorDeps): (arrival: Arrival) => void {
  const control = createRouter(deps.control);
  const open = createRouter(deps.identity);
  const guarded = createRouter(deps.resources);

  const decide = (arrival: Arrival, failOperation: boolean): Reply | Promise<Reply> => {
    const { method, url } = arrival;
    const identity = open(method, url.pathname);
    if (identity !== undefined) {
      return identity.route.handle(toCall(arrival, identity, failOperation));
    }
    const match = guarded(method, url.pathname);
    const refusal = refuse(deps, arrival, match?.route.action);
    return (
      refusal ?? (match ? match.route.handle(toCall(arrival, match, failOperation)) : noSuchResource(url))
    );
  };

  const answer = async (arrival: Arrival): Promise<void> => {
    const { method, url } = arrival;
    const side = control(method, url.pathname);
    if (side !== undefined || url.pathname.startsWith('/_local')) {
      const missing = { status: 404, body: { error: 'There is no such control.' } };
      send(arrival, side ? await side.route.handle(toCall(arrival, side, false)) : missing);
      return;
    }
    const entry = deps.history.begin(method, `${url.pathname}${shortened(url)}`);
    const fault = deps.faults.take(method, url.pathname);
    if (fault === 'hang') {
      return;
    }
    const early =
      fault === 'reset-before'
        ? undefined
        : await (faultReply(fault) ?? decide(arrival, fault === 'lro-failed'));
    if (early === undefined || fault === 'reset-after') {
      arrival.cut();
      return;
    }
    entry.status = early.status;
    send(arrival, early);
  };

  return (arrival) => {
    answer(arrival).catch(() => {
      send(arrival, armError(500, 'InternalServerError', 'Local Azure itself failed on this request.'));
    });
  };
}

function noSuchResource(url: URL): Reply {
  return armError(404, 'ResourceNotFound', `The Resource '${url.pathname}' was not found.`);
}

function toCall(arrival: Arrival, match: Match, failOperation: boolean): Call {
  return {
    method: arrival.method,
    url: arrival.url,
    body: arrival.body,
    failOperation,
    param: (name) => match.params.get(name) ?? '',
  };
}

function send(arrival: Arrival, reply: Reply): void {
  const body = reply.body === undefined ? undefined : JSON.stringify(reply.body);
  const type = body === undefined ? undefined : { 'content-type': 'application/json; charset=utf-8' };
  const headers = { ...standardHeaders(arrival.method, arrival.url.pathname), ...type, ...reply.headers };
  arrival.send(reply.status, headers, body);
}

/** The query of the history: signed operation addresses are three kilobytes long and say nothing. */
function shortened(url: URL): string {
  const version = url.searchParams.get('api-version');
  return version === null ? '' : `?api-version=${version}`;
}
