import { describe, expect, it } from 'vitest';
import { createHistory } from '../../src/local-azure/control/history.ts';
import { createJudge } from '../../src/local-azure/control/judge.ts';
import { createTokens } from '../../src/local-azure/identity/tokens.ts';
import { createOperations } from '../../src/local-azure/operations/operations.ts';
import { createUrlSigner } from '../../src/local-azure/operations/signed-url.ts';
import { createManualPace } from './manual-pace.ts';

const plan = {
  subscriptionId: 'one',
  provider: 'Microsoft.Network',
  region: 'eastus',
  apiVersion: '2026-01-01',
  seconds: 1,
  complete: () => undefined,
  result: () => ({ status: 200 }),
  statusHeaderAtEnd: true,
} as const;

describe('what Local Azure remembers', () => {
  it('of requests ends at ten thousand, the oldest first', () => {
    const history = createHistory();

    Array.from({ length: 10_005 }, (_, index) => history.begin('GET', `/${index}`));

    expect(history.entries()).toHaveLength(10_000);
    expect(history.entries()[0]?.path).toBe('/5');
  });

  it('of ended and stuck operations ends at two thousand, and never touches one under way', () => {
    const pace = createManualPace();
    const operations = createOperations({ origin: 'https://x', pace, signer: createUrlSigner() });
    const running = operations.start({ ...plan, outcome: 'succeeds', seconds: 1000 });
    const stuck = Array.from({ length: 2001 }, () => operations.start({ ...plan, outcome: 'never-ends' }));

    expect(operations.find(stuck[0]?.name ?? '')).toBeUndefined();
    expect(operations.find(stuck[1]?.name ?? '')).toBeDefined();
    expect(operations.find(running.name)).toBe(running);
    pace.run();
    expect(operations.find(stuck[1]?.name ?? '')).toBeUndefined();
  });

  it('of names ends at fifty thousand, and the verdict says that it does', () => {
    const judge = createJudge();

    Array.from({ length: 50_002 }, (_, index) => {
      judge.asked(`/x/${index}`);
    });

    const { forgotten, putsPerName } = judge.verdict([], true);
    expect([forgotten, Object.keys(putsPerName).length]).toEqual([2, 50_000]);
  });

  it('of tokens is nothing, so that however many are out, each is known again', () => {
    const principal = { clientId: 'client', objectId: 'object', role: 'contributor' } as const;
    const [here, elsewhere] = [createTokens('tenant', 60), createTokens('tenant', 60)];
    const token = here.issue(principal, 'https://management.azure.com/');
    elsewhere.issue(principal, 'https://management.azure.com/');

    expect(here.check(`Bearer ${token}`)).toMatchObject({ kind: 'valid' });
    expect(elsewhere.check(`Bearer ${token}`)).toEqual({ kind: 'unknown' });
    expect(here.check(`Bearer ${token.slice(0, -2)}xx`)).toEqual({ kind: 'unknown' });
  });
});
