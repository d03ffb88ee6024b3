import { armError, type Principal, type Reply } from './http/exchange.ts';
import type { Arrival } from './http/https-server.ts';
import type { Tokens, TokenVerdict } from './identity/tokens.ts';
import type { Inventory } from './inventory/inventory.ts';
import { same } from './inventory/resources.ts';
import { subscriptionNotFound } from './inventory/scoped.ts';

/** What the gate decides by. */
export interface GateDeps {
  readonly tokens: Tokens;
  readonly inventory: Inventory;
  readonly origin: string;
}

/** Who may pass, or the refusal. */
export type Admission = { readonly principal: Principal } | { readonly refusal: Reply };

/**
 * Lets an arrival pass or turns it away before the resource is looked at: token, subscription, right, group,
 * version, in that order, as ARM does. `action` is the permission that the route asks for.
 */
export function admit(deps: GateDeps, arrival: Arrival, action: string | undefined): Admission {
  const verdict = deps.tokens.check(arrival.authorization);
  if (verdict.kind !== 'valid') {
    return { refusal: unauthorized(deps, verdict) };
  }
  const { principal } = verdict;
  const refusal = refuse(deps.inventory, principal, arrival.url, action ?? '*/read');
  return refusal === undefined ? { principal } : { refusal };
}

function refuse(inventory: Inventory, principal: Principal, url: URL, action: string): Reply | undefined {
  const id = segmentAfter('subscriptions', url.pathname);
  const subscription = inventory.subscription(id ?? '');
  if (id !== undefined && subscription === undefined) {
    return subscriptionNotFound(id);
  }
  if (subscription?.open === false || !mayDo(principal, action)) {
    return forbidden(principal, action, url.pathname);
  }
  const group = segmentAfter('resourceGroups', url.pathname);
  if (group !== undefined && !subscription?.groups.some((name) => same(name, group))) {
    return armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  }
  return url.searchParams.has('api-version')
    ? undefined
    : armError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
}

function mayDo({ role }: Principal, action: string): boolean {
  return role === 'contributor' || (role === 'reader' && action.endsWith('/read'));
}

function unauthorized(
  { origin, inventory }: GateDeps,
  verdict: Exclude<TokenVerdict, { kind: 'valid' }>,
): Reply {
  const said = {
    missing: () => ['AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing."],
    unknown: () => ['InvalidAuthenticationToken', 'The access token is invalid.'],
    revoked: () => ['InvalidAuthenticationToken', 'The access token has been revoked.'],
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

function segmentAfter(word: string, path: string): string | undefined {
  const segments = path.split('/');
  const index = segments.findIndex((segment) => same(segment, word));
  const segment = index === -1 ? undefined : segments[index + 1];
  return segment === undefined ? undefined : decodeURIComponent(segment);
}
