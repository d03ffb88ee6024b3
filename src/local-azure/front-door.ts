import type { FaultAction, Faults } from './control/faults.ts';
import type { History } from './control/history.ts';
import { armError, type Call, type Principal, type Reply, type Route } from './http/exchange.ts';
import type { Arrival } from './http/https-server.ts';
import { createRouter, type Match } from './http/router.ts';
import { standardHeaders } from './http/standard-headers.ts';
import type { Tokens } from './identity/tokens.ts';
import { inventory, same } from './inventory/inventory.ts';

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
    const refusal = refuse(deps, arrival, match);
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

function refuse(deps: FrontDoorDeps, arrival: Arrival, match: Match | undefined): Reply | undefined {
  const verdict = deps.tokens.check(arrival.authorization);
  if (verdict.kind !== 'valid') {
    return unauthorized(deps.origin, verdict);
  }
  const subscription = segmentAfter('subscriptions', arrival.url.pathname);
  if (subscription !== undefined && !same(subscription, inventory.subscriptionId)) {
    return armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  if (!verdict.principal.mayAct) {
    return forbidden(verdict.principal, match?.route.action ?? '*/read', arrival.url.pathname);
  }
  const group = segmentAfter('resourceGroups', arrival.url.pathname);
  const known = [inventory.resourceGroup, inventory.watcherGroup];
  if (group !== undefined && !known.some((name) => same(name, group))) {
    return armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  }
  return arrival.url.searchParams.has('api-version')
    ? undefined
    : armError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
}

function unauthorized(
  origin: string,
  verdict: Exclude<ReturnType<Tokens['check']>, { kind: 'valid' }>,
): Reply {
  const said = {
    missing: () => ['AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing."],
    unknown: () => ['InvalidAuthenticationToken', 'The access token is invalid.'],
    'wrong-audience': () => [
      'InvalidAuthenticationTokenAudience',
      'The access token has been obtained for wrong audience or resource.',
    ],
    expired: () => [
      'ExpiredAuthenticationToken',
      `The access token expiry UTC time '${verdict.kind === 'expired' ? verdict.expiry.toISOString() : ''}' is earlier than current UTC time '${new Date().toISOString()}'.`,
    ],
  };
  const [code = '', message = ''] = said[verdict.kind]();
  const challenge = `Bearer authorization_uri="${origin}/${inventory.tenantId}", error="invalid_token", error_description="${code}"`;
  return { ...armError(401, code, message), headers: { 'www-authenticate': challenge } };
}

function forbidden(principal: Principal, action: string, scope: string): Reply {
  const message = `The client '${principal.clientId}' with object id '${principal.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
  return armError(403, 'AuthorizationFailed', message);
}

function noSuchResource(url: URL): Reply {
  return armError(404, 'ResourceNotFound', `The Resource '${url.pathname}' was not found.`);
}

const faultCodes = {
  401: 'InvalidAuthenticationToken',
  403: 'AuthorizationFailed',
  404: 'NotFound',
  409: 'AnotherOperationInProgress',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
} as const;

function faultReply(fault: FaultAction | undefined): Reply | undefined {
  if (typeof fault !== 'object') {
    return undefined;
  }
  const wait = fault.retryAfterSeconds;
  return {
    ...armError(fault.status, faultCodes[fault.status], 'This failure was planted.', []),
    ...(wait !== undefined && { headers: { 'retry-after': String(wait) } }),
  };
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

function segmentAfter(word: string, path: string): string | undefined {
  const segments = path.split('/');
  const index = segments.findIndex((segment) => same(segment, word));
  return index === -1 ? undefined : decodeURIComponent(segments[index + 1] ?? '');
}
