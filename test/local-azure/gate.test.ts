import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/local-azure/gate.ts';
import { createTokens } from '../../src/local-azure/identity/tokens.ts';
import { inventory } from '../../src/local-azure/inventory/inventory.ts';

const origin = 'https://127.0.0.1:1';
const principal = { clientId: 'client', objectId: 'object', mayAct: true };

function ignore(): void {}

/** Asks the gate for the subscription itself, with a token of that lifetime. */
function ask(lifetimeSeconds: number, subscription: string = inventory.subscriptionId) {
  const tokens = createTokens(inventory.tenantId, lifetimeSeconds);
  const authorization = `Bearer ${tokens.issue(principal, 'https://management.azure.com/')}`;
  const url = new URL(`${origin}/subscriptions/${subscription}?api-version=2026-01-01`);
  const arrival = { method: 'GET', url, authorization, body: '', send: ignore, cut: ignore };
  return refuse({ tokens, origin }, arrival, undefined);
}

describe('the gate before the resources', () => {
  it('lets a fresh token through', () => {
    expect(ask(60)).toBeUndefined();
  });

  it('turns an expired token away and says since when', () => {
    expect(ask(-1)).toMatchObject({
      status: 401,
      body: {
        error: { code: 'ExpiredAuthenticationToken', message: expect.stringMatching(/expiry UTC time '2/u) },
      },
    });
  });

  it('checks the token before the subscription', () => {
    expect(ask(-1, 'unknown')).toMatchObject({ status: 401 });
    expect(ask(60, 'unknown')).toMatchObject({
      status: 404,
      body: { error: { code: 'SubscriptionNotFound' } },
    });
  });
});
