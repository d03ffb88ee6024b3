import { beforeEach, describe, expect, it } from 'vitest';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import { sampleTask } from '../../fakes/task.ts';
import { createScriptedArms, type Answer, type ScriptedArm } from './scripted-arm.ts';
import { signal } from './setting.ts';

const WATCHER = /\/networkWatchers\/(\w+)\/packetCaptures/;

const scripted = createScriptedArms();
let arm: ScriptedArm;
/** Names of the captures that exist, with their provisioning state. */
const existing = new Map<string, string>();
let onList = (): void => undefined;

beforeEach(async () => {
  existing.clear();
  onList = () => undefined;
  arm = await scripted(answer);
});

function answer(line: string): Answer {
  const name = line.split('/packetCaptures/')[1]?.split('/')[0];
  if (name === undefined) {
    onList();
    return { status: 200, body: { value: [...existing.keys()].map(resource) } };
  }
  if (!existing.has(name)) {
    return { status: 404, body: { error: { code: 'NotFound', message: 'not found' } } };
  }
  return line.startsWith('POST')
    ? { status: 200, body: { name, packetCaptureStatus: 'Stopped', stopReason: 'TimeExceeded' } }
    : { status: 200, body: resource(name) };
}

function resource(name: string): object {
  return {
    name,
    id: `/captures/${name}`,
    properties: {
      target: '/vm',
      provisioningState: existing.get(name),
      storageLocation: { storagePath: `https://acct.blob.core.windows.net/captures/${name}.cap` },
    },
  };
}

function planOf(change: Partial<CapturePlan>): CapturePlan {
  return { ...sampleTask().plan, vmId: '/vm', storageAccount: 'acct', storagePath: '', ...change };
}

function captures(count: number, state = 'Succeeded'): CapturePlan[] {
  return Array.from({ length: count }, (_, n) => {
    existing.set(`capture-${n}`, state);
    return planOf({ captureName: `capture-${n}` });
  });
}

/** What was asked: `LIST watcher`, `GET capture` or `POST capture`, in the order of the alphabet. */
function asked(): string[] {
  return arm.requests
    .map(({ line }) => {
      const name = line.split('/packetCaptures/')[1]?.split('/')[0];
      return name === undefined ? `LIST ${WATCHER.exec(line)?.[1]}` : `${line.split(' ')[0]} ${name}`;
    })
    .toSorted();
}

describe('looks at the captures of one Network Watcher', () => {
  it('share one list where they come together', async () => {
    const plans = captures(20);

    const readings = await Promise.all(
      plans.map((plan) => arm.cloud.readCapture(plan, signal(), 'existence')),
    );

    expect(asked()).toEqual([`LIST ${plans[0]?.watcherName}`]);
    expect(readings.map((reading) => reading?.storagePath)).toEqual(
      plans.map(({ captureName }) => `https://acct.blob.core.windows.net/captures/${captureName}.cap`),
    );
    expect(new Set(readings.map((reading) => reading?.status))).toEqual(new Set(['Running']));
  });

  it('read their own capture where they come alone', async () => {
    const [plan] = captures(1);

    await arm.cloud.readCapture(plan as CapturePlan, signal(), 'existence');

    expect(asked()).toEqual(['GET capture-0']);
  });

  it('still ask how each session fares, unless they were told to leave that out', async () => {
    const plans = captures(2);

    const readings = await Promise.all(plans.map((plan) => arm.cloud.readCapture(plan, signal())));

    expect(readings.map((reading) => reading?.status)).toEqual(['Stopped', 'Stopped']);
    expect(asked()).toEqual([`LIST ${plans[0]?.watcherName}`, 'POST capture-0', 'POST capture-1']);
  });

  it('ask how a session fares whose capture is not as it should be, whatever they were told', async () => {
    const [plan] = captures(1, 'Failed');

    const reading = await arm.cloud.readCapture(plan as CapturePlan, signal(), 'existence');

    expect(reading?.status).toBe('Stopped');
    expect(asked()).toEqual(['GET capture-0', 'POST capture-0']);
  });

  it('believe that a capture is gone only where Azure says so of itself', async () => {
    const plans = captures(3);
    existing.delete('capture-1');

    const readings = await Promise.all(
      plans.map((plan) => arm.cloud.readCapture(plan, signal(), 'existence')),
    );

    expect(readings.map((reading) => reading?.status ?? null)).toEqual(['Running', null, 'Running']);
    expect(asked()).toContain('GET capture-1');
  });

  it('that come while a list is under way share the next one', async () => {
    const plans = captures(6);
    const later: Promise<unknown>[] = [];
    onList = () => {
      onList = () => undefined;
      for (const plan of plans.slice(2)) {
        later.push(arm.cloud.readCapture(plan, signal(), 'existence'));
      }
    };

    await Promise.all(plans.slice(0, 2).map((plan) => arm.cloud.readCapture(plan, signal(), 'existence')));
    await Promise.all(later);

    expect(later).toHaveLength(4);
    expect(asked()).toEqual([`LIST ${plans[0]?.watcherName}`, `LIST ${plans[0]?.watcherName}`]);
  });

  it('are never answered by a list that began before they came', async () => {
    const plans = captures(2);
    const late = planOf({ captureName: 'late' });
    const lateLook = Promise.withResolvers<unknown>();
    onList = () => {
      existing.set('late', 'Succeeded');
      lateLook.resolve(arm.cloud.readCapture(late, signal(), 'existence'));
    };

    await Promise.all(plans.map((plan) => arm.cloud.readCapture(plan, signal(), 'existence')));

    expect(await lateLook.promise).toMatchObject({ status: 'Running' });
    expect(asked()).toContain('GET late');
  });

  it('go on for the others when one caller gives up', async () => {
    const plans = captures(3);
    const leaving = new AbortController();
    const looks = plans.map((plan, n) =>
      arm.cloud.readCapture(plan, n === 0 ? leaving.signal : signal(), 'existence'),
    );
    leaving.abort();

    await expect(looks[0]).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await Promise.all(looks.slice(1))).toMatchObject([{ status: 'Running' }, { status: 'Running' }]);
  });

  it('are not shared between watchers', async () => {
    const [one, two] = captures(2);

    await Promise.all([
      arm.cloud.readCapture(one as CapturePlan, signal(), 'existence'),
      arm.cloud.readCapture({ ...(two as CapturePlan), watcherName: 'other' }, signal(), 'existence'),
    ]);

    expect(asked()).toEqual(['GET capture-0', 'GET capture-1']);
  });
});

describe('what must be fresh', () => {
  it('is asked for by itself: before a capture is made, and after one is deleted', async () => {
    const [one, two, made, deleted] = captures(4) as [CapturePlan, CapturePlan, CapturePlan, CapturePlan];
    existing.delete(deleted.captureName);

    await Promise.all([
      arm.cloud.readCapture(one, signal(), 'existence'),
      arm.cloud.readCapture(two, signal(), 'existence'),
      arm.cloud.ensureCapture(made, signal()),
      arm.cloud.deleteCapture(deleted, signal()),
    ]);

    expect(asked()).toEqual(['GET capture-2', 'GET capture-3', `LIST ${one.watcherName}`]);
  });
});
