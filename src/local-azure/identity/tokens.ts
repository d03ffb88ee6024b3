import { randomUUID } from 'node:crypto';
import type { Principal } from '../http/exchange.ts';

/** What a bearer token turned out to be. */
export type TokenVerdict =
  | { readonly kind: 'valid'; readonly principal: Principal }
  | { readonly kind: 'missing' | 'unknown' | 'wrong-audience' }
  | { readonly kind: 'expired'; readonly expiry: Date };

/** Issues and recognises access tokens. */
export interface Tokens {
  readonly lifetimeSeconds: number;
  issue(principal: Principal, audience: string): string;
  check(authorization: string | undefined): TokenVerdict;
}

interface Issued {
  readonly principal: Principal;
  readonly audience: string;
  readonly expiry: Date;
}

/** Tokens are unsigned JWTs, recognised because they were issued here; Azurite reads their claims. */
export function createTokens(tenantId: string, lifetimeSeconds: number): Tokens {
  const issued = new Map<string, Issued>();
  return {
    lifetimeSeconds,
    issue(principal, audience) {
      const now = Math.floor(Date.now() / 1000);
      const token = unsignedJwt({
        aud: audience,
        iss: `https://sts.windows.net/${tenantId}/`,
        iat: now,
        nbf: now - 300,
        exp: now + lifetimeSeconds,
        appid: principal.clientId,
        oid: principal.objectId,
        sub: principal.objectId,
        tid: tenantId,
        uti: randomUUID(),
        ver: '1.0',
      });
      issued.set(token, { principal, audience, expiry: new Date((now + lifetimeSeconds) * 1000) });
      return token;
    },
    check(authorization) {
      const token = authorization?.replace(/^Bearer /iu, '');
      if (token === undefined || token === authorization) {
        return { kind: 'missing' };
      }
      const found = issued.get(token);
      if (found === undefined) {
        return { kind: 'unknown' };
      }
      if (found.expiry.getTime() <= Date.now()) {
        return { kind: 'expired', expiry: found.expiry };
      }
      return /^https:\/\/management\.(azure|core\.windows)\.(com|net)\/?$/u.test(found.audience)
        ? { kind: 'valid', principal: found.principal }
        : { kind: 'wrong-audience' };
    },
  };
}

function unsignedJwt(claims: Readonly<Record<string, string | number>>): string {
  return `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
