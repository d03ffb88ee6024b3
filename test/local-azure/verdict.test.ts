import { describe, expect, it } from 'vitest';
import { captureOf } from './clients.ts';
import { setStage } from './stage.ts';

const stage = await setStage();

async function put(name: string, properties = captureOf(stage.connection, 'web-01')): Promise<number> {
  const { status } = await stage.capture('PUT', `/${name}`, { properties });
  stage.pace.run();
  return status;
}

async function end(name: string, verb: 'stop' | 'delete'): Promise<void> {
  await (verb === 'stop' ? stage.capture('POST', `/${name}/stop`) : stage.capture('DELETE', `/${name}`));
  stage.pace.run();
}

async function verdict(query = '') {
  return JSON.parse((await stage.ask('GET', `/_local/verdict${query}`)).text);
}

describe('the verdict of Local Azure', () => {
  it('finds nothing wrong with captures that ran one after the other and are gone', async () => {
    for (const name of ['Cap-a', 'Cap-b']) {
      await put(name);
      await end(name, 'stop');
      await end(name, 'delete');
    }

    expect(await verdict()).toEqual({
      maxRunningPerVm: 1,
      duplicateNames: [],
      putsPerName: { 'Cap-a': 1, 'Cap-b': 1 },
      stillThere: [],
      foreignStillThere: [],
      foreignDeletions: [],
      foreignStops: [],
      deletedWhileRunning: [],
      created: 2,
      deleted: 2,
      forgotten: 0,
      violations: [],
    });
  });

  it('sees two captures that run at once on one machine, alone or in a scale set', async () => {
    const { subscriptionId, resourceGroup } = stage.connection;
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachineScaleSets/web-set`;
    const set = { ...captureOf(stage.connection, ''), target: id, targetType: 'AzureVMSS' as const };
    await put('one');
    await put('two', captureOf(stage.connection, 'web-02'));
    const apart = await verdict('?running');
    await put('three');
    await put('set-one', set);
    await put('set-two', { ...set, scope: { include: [`${id}/virtualMachines/2`] } });
    const together = await verdict('?running');

    expect([apart.maxRunningPerVm, apart.violations]).toEqual([1, []]);
    expect(together.maxRunningPerVm).toBe(2);
    expect(together.violations).toEqual([
      'I1: 2 captures ran at once on web-01: one, three',
      'I1: 2 captures ran at once on web-set_2: set-one, set-two',
    ]);
  });

  it('lets a name be made anew whose session never began', async () => {
    await stage.control('faults', { match: { method: 'PUT' }, action: 'lro-failed' });
    await put('retried');
    await end('retried', 'delete');
    await put('retried');
    await end('retried', 'stop');
    await end('retried', 'delete');

    expect(await verdict()).toMatchObject({ duplicateNames: [], violations: [] });
  });

  it('counts requests for a name, and sees when it comes into being twice or with another body', async () => {
    const repeated = [await put('again'), await put('again')];
    const differing = await put('again', captureOf(stage.connection, 'web-02'));
    await end('again', 'delete');
    await put('again');
    await end('again', 'delete');

    const { putsPerName, duplicateNames, violations, deletedWhileRunning } = await verdict();

    expect([repeated, differing]).toEqual([[201, 201], 409]);
    expect(putsPerName).toEqual({ again: 4 });
    expect(duplicateNames).toEqual(['again']);
    expect(deletedWhileRunning).toEqual(['again', 'again']);
    expect(violations).toEqual([
      'I2: again was asked for with two different bodies',
      'I2: again was created more than once',
    ]);
  });

  it('takes what is still there for left behind, save while the run goes on', async () => {
    await put('leftover');
    await stage.control('foreign-capture', { name: 'theirs', vm: 'web-02' });

    const [running, atRest] = [await verdict('?running'), await verdict()];

    expect(running.violations).toEqual([]);
    expect(atRest).toMatchObject({
      stillThere: ['leftover'],
      foreignStillThere: ['theirs'],
      violations: ['I5: leftover is still there'],
    });
  });

  it('sees a foreign capture stopped and deleted, and lets it run beside ours', async () => {
    await stage.control('foreign-capture', { name: 'theirs', vm: 'web-01' });
    await put('ours');
    await end('theirs', 'stop');
    await end('theirs', 'delete');
    await end('ours', 'delete');

    const { maxRunningPerVm, violations } = await verdict();

    expect(maxRunningPerVm).toBe(1);
    expect(violations).toEqual([
      'I10: theirs, a foreign capture, was deleted',
      'I10: theirs, a foreign capture, was asked to stop',
    ]);
  });

  it('begins anew after a reset', async () => {
    await put('before');
    await stage.control('reset');

    const [books, captures, stats, history] = await Promise.all(
      ['verdict', 'captures', 'stats', 'history'].map(async (name) =>
        JSON.parse((await stage.ask('GET', `/_local/${name}`)).text),
      ),
    );

    expect(books).toMatchObject({ created: 0, violations: [], putsPerName: {} });
    expect([captures, history, stats.requests]).toEqual([[], [], 0]);
  });
});
