import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Principal } from '../http/exchange.ts';

/** What a bearer token turned out to be. */
export type TokenVerdict =
  | { readonly kind: 'valid'; readonly principal: Principal }
  | { readonly kind: 'missing' | 'unknown' | 'wrong-audience' | 'revoked' }
  | { readonly kind: 'expired'; readonly expiry: Date };

/** Issues and recognises access tokens. */
export interface Tokens {
  issue(principal: Principal, audience: string): string;
  check(authorization: string | undefined): TokenVerdict;
  /** Whose token it is, whatever it is for and however old; undefined for a foreign one. */
  holder(authorization: string | undefined): Principal | undefined;
  /** How long the tokens issued from now on live. */
  lifetimeSeconds(): number;
  setLifetime(seconds: number): void;
  /** Whether sign-ins and tokens are accepted at all; withdrawing this hits tokens that are already out, too. */
  accepted(): boolean;
  setAccepted(accepted: boolean): void;
}

const claims = z.object({ aud: z.string(), exp: z.number(), appid: z.string() });

/**
 * Tokens are JWTs with a signature of our own, so that none needs to be remembered however many are asked for;
 * Azurite reads their claims and does not check the signature.
 */
export function createTokens(tenantId: string, lifetimeSeconds: number): Tokens {
  const key = randomBytes(32);
  const principals = new Map<string, Principal>();
  const state = { lifetimeSeconds, accepted: true };
  const signature = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const verified = (token: string): z.infer<typeof claims> | undefined => {
    const [head = '', body = '', signed = ''] = token.split('.');
    const [given, expected] = [Buffer.from(signed, 'base64url'), signature(`${head}.${body}`)];
    return given.length === expected.length && timingSafeEqual(given, expected)
      ? claims.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
      : undefined;
  };
  return {
    issue(principal, audience) {
      principals.set(principal.clientId, principal);
      const text = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claimsOf(principal, audience, tenantId, state))}`;
      return `${text}.${signature(text).toString('base64url')}`;
    },
    check(authorization) {
      const token = authorization?.replace(/^Bearer /iu, '');
      if (token === undefined || token === authorization) {
        return { kind: 'missing' };
      }
      const found = verified(token);
      const principal = found && principals.get(found.appid);
      if (found === undefined || principal === undefined) {
        return { kind: 'unknown' };
      }
      if (!state.accepted) {
        return { kind: 'revoked' };
      }
      if (found.exp * 1000 <= Date.now()) {
        return { kind: 'expired', expiry: new Date(found.exp * 1000) };
      }
      return /^https:\/\/management\.(azure|core\.windows)\.(com|net)\/?$/u.test(found.aud)
        ? { kind: 'valid', principal }
        : { kind: 'wrong-audience' };
    },
    holder(authorization) {
      const found = verified(authorization?.replace(/^Bearer /iu, '') ?? '');
      return found && principals.get(found.appid);
    },
    lifetimeSeconds: () => state.lifetimeSeconds,
    setLifetime(seconds) {
      state.lifetimeSeconds = seconds;
    },
    accepted: () => state.accepted,
    setAccepted(accepted) {
      state.accepted = accepted;
    },
  };
}

function claimsOf(
  principal: Principal,
  audience: string,
  tenantId: string,
  { lifetimeSeconds }: { lifetimeSeconds: number },
): Record<string, string | number> {
  const now = Math.floor(Date.now() / 1000);
  return {
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
  };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
