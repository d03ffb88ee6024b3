import { armError, type Principal, type Reply } from './http/exchange.ts';
import type { Arrival } from './http/https-server.ts';
import type { Tokens, TokenVerdict } from './identity/tokens.ts';
import { inventory, same } from './inventory/inventory.ts';

/**
 * Why ARM turns an arrival away before it looks at the resource: token, subscription, right, group, version,
 * in that order; undefined where it does not. `action` is the permission that the route asks for.
 */
export function refuse(
  deps: { readonly tokens: Tokens; readonly origin: string },
  arrival: Arrival,
  action: string | undefined,
): Reply | undefined {
  const verdict = deps.tokens.check(arrival.authorization);
  if (verdict.kind !== 'valid') {
    return unauthorized(deps.origin, verdict);
  }
  const subscription = segmentAfter('subscriptions', arrival.url.pathname);
  if (subscription !== undefined && !same(subscription, inventory.subscriptionId)) {
    return armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  if (!verdict.principal.mayAct) {
    return forbidden(verdict.principal, action ?? '*/read', arrival.url.pathname);
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

function unauthorized(origin: string, verdict: Exclude<TokenVerdict, { kind: 'valid' }>): Reply {
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

function segmentAfter(word: string, path: string): string | undefined {
  const segments = path.split('/');
  const index = segments.findIndex((segment) => same(segment, word));
  return index === -1 ? undefined : decodeURIComponent(segments[index + 1] ?? '');
}
