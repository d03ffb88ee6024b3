import { randomUUID } from 'node:crypto';
import type { Call, Principal, Reply, Route } from '../http/exchange.ts';
import type { Tokens } from './tokens.ts';

/** An application that may sign in. */
export interface Application extends Principal {
  readonly clientSecret: string;
}

/** The two calls that a client-credentials sign-in needs from the identity platform. */
export function identityRoutes(deps: {
  origin: string;
  tenantId: string;
  applications: readonly Application[];
  tokens: Tokens;
}): Route[] {
  return [
    {
      method: 'GET',
      path: '/:tenant/v2.0/.well-known/openid-configuration',
      handle: (call) => configuration(deps.origin, call.param('tenant')),
    },
    { method: 'POST', path: '/:tenant/oauth2/v2.0/token', handle: (call) => grant(deps, call) },
  ];
}

function configuration(origin: string, tenant: string): Reply {
  const base = `${origin}/${tenant}`;
  return {
    status: 200,
    body: {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
      response_types_supported: ['code', 'id_token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
  };
}

function grant(deps: Parameters<typeof identityRoutes>[0], call: Call): Reply {
  const form = new URLSearchParams(call.body);
  const clientId = form.get('client_id') ?? '';
  const application = deps.applications.find((known) => known.clientId === clientId);
  const scope = form.get('scope')?.match(/https:\/\/\S+\/\.default/u)?.[0];
  if (call.param('tenant') !== deps.tenantId) {
    return refusal(400, 'invalid_request', 90_002, `Tenant '${call.param('tenant')}' not found.`);
  }
  if (form.get('grant_type') !== 'client_credentials' || scope === undefined) {
    return refusal(
      400,
      'invalid_request',
      900_144,
      'The request must ask for client credentials and a scope.',
    );
  }
  if (application === undefined) {
    const message = `Application with identifier '${clientId}' was not found in the directory.`;
    return refusal(400, 'unauthorized_client', 700_016, message);
  }
  if (form.get('client_secret') !== application.clientSecret) {
    const message = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
    return refusal(401, 'invalid_client', 7_000_215, message);
  }
  if (!deps.tokens.accepted()) {
    const message = `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`;
    return refusal(401, 'invalid_client', 7_000_222, message);
  }
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: deps.tokens.lifetimeSeconds(),
      ext_expires_in: deps.tokens.lifetimeSeconds(),
      access_token: deps.tokens.issue(application, scope.replace(/\.default$/u, '')),
    },
  };
}

function refusal(status: number, error: string, number: number, message: string): Reply {
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const timestamp = new Date().toISOString().replace('T', ' ').replace(/\.\d+/u, '');
  const places = `Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`;
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${number}: ${message} ${places}`,
      error_codes: [number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
    },
  };
}
