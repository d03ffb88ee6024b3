import type { AccessToken, TokenCredential } from '@azure/identity';

/**
 * A credential that gives its last token again while that is valid and no new one is to be had. The SDK asks for new
 * tokens early and upon a challenge; where that fails, it asks again every three seconds until the old token ends and
 * hears no signal, or fails where nobody listens, which ends the process. With the old token the request is answered
 * with a plain 401.
 */
export function lastingCredential(credential: TokenCredential, now: () => number): TokenCredential {
  const last = new Map<string, AccessToken>();
  return {
    getToken: async (scopes, options) => {
      const key = [scopes].flat().join(' ');
      try {
        const token = await credential.getToken(scopes, options);
        if (token !== null) {
          last.set(key, token);
        }
        return token;
      } catch (error) {
        const kept = last.get(key);
        if (kept !== undefined && kept.expiresOnTimestamp > now()) {
          return kept;
        }
        throw error;
      }
    },
  };
}
