import { describe, expect, it } from 'vitest';
import { admit } from '../../src/local-azure/gate.ts';
import { createTokens } from '../../src/local-azure/identity/tokens.ts';
import { createInventory } from '../../src/local-azure/inventory/inventory.ts';

const origin = 'https://127.0.0.1:1';
const inventory = createInventory();

function ignore(): void {}

/** Asks the gate for a subscription, with a token of that lifetime and role. */
function ask(
  lifetimeSeconds: number,
  subscription = inventory.home.id,
  role: 'contributor' | 'reader' = 'contributor',
  action = 'Microsoft.Resources/subscriptions/read',
) {
  const principal = { clientId: 'client', objectId: 'object', role };
  const tokens = createTokens(inventory.tenantId, lifetimeSeconds);
  const authorization = `Bearer ${tokens.issue(principal, 'https://management.azure.com/')}`;
  const url = new URL(`${origin}/subscriptions/${subscription}?api-version=2026-01-01`);
  const arrival = { method: 'GET', url, authorization, body: '', send: ignore, cut: ignore };
  const admission = admit({ tokens, origin, inventory }, arrival, action);
  return 'refusal' in admission ? admission.refusal : undefined;
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

  it('lets a reader read and nothing else, and lets nobody into a subscription without a role', () => {
    const stop = 'Microsoft.Network/networkWatchers/packetCaptures/stop/action';
    const closed = inventory.subscriptions.find(({ open }) => !open)?.id;

    expect(ask(60, inventory.home.id, 'reader')).toBeUndefined();
    expect(ask(60, inventory.home.id, 'reader', stop)).toMatchObject({
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: expect.stringContaining(stop) } },
    });
    expect(ask(60, closed)).toMatchObject({ status: 403 });
  });
});
