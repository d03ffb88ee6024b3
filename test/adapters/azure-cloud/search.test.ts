import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../../src/domain/errors.ts';
import { createScriptedArms, type Answer } from './scripted-arm.ts';
import { signal } from './setting.ts';

const scripted = createScriptedArms();

const ONE = '11111111-0000-4000-8000-000000000001';
const TWO = '22222222-0000-4000-8000-000000000002';
const THREE = '33333333-0000-4000-8000-000000000003';

const list = (...value: unknown[]): Answer => ({ status: 200, body: { value } });
const forbidden: Answer = {
  status: 403,
  body: { error: { code: 'AuthorizationFailed', message: 'secret words of theirs' } },
};
const watcher = (subscription: string, location: string) => ({
  id: `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Network/networkWatchers/nw-${location}`,
  name: `nw-${location}`,
  location,
});

/** Two regions in the first subscription, of which one can't be read; the second is closed, the third open. */
function answer(line: string): Answer {
  if (line.includes(TWO) || line.includes('nw-west/')) {
    return forbidden;
  }
  if (line.endsWith('/networkWatchers')) {
    return line.includes(ONE)
      ? list(watcher(ONE, 'east'), watcher(ONE, 'west'))
      : list(watcher(THREE, 'north'));
  }
  const subscription = line.includes(ONE) ? ONE : THREE;
  const storageLocation = { storageId: '/acct', storagePath: 'https://acct/c/a.cap' };
  return list({ name: `in-${subscription}`, properties: { target: '/vm', storageLocation } });
}

describe('a search for captures', () => {
  it('goes on in all other places where one is closed, and names that one', async () => {
    const arm = await scripted(answer, { subscriptionId: ONE });
    const passedOver: [string, unknown][] = [];

    const found = await arm.cloud.listCaptures(signal(), [TWO, THREE, ONE.toUpperCase()], (place, error) =>
      passedOver.push([place, error instanceof CapwrightError ? error.code : error]),
    );

    expect(found.map(({ name, storage }) => `${name} ${storage}`)).toEqual([
      `in-${ONE} /acct https://acct/c/a.cap`,
      `in-${THREE} /acct https://acct/c/a.cap`,
    ]);
    expect(passedOver).toEqual([
      [`west in subscription ${ONE}`, 'FORBIDDEN'],
      [`subscription ${TWO}`, 'FORBIDDEN'],
    ]);
  });

  it('fails as a whole where nobody hears what it passed over', async () => {
    const arm = await scripted(answer, { subscriptionId: ONE });

    await expect(arm.cloud.listCaptures(signal(), [THREE])).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
