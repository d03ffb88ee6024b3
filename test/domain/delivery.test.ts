import { describe, expect, it } from 'vitest';
import type { CaptureBlob, CapturePlan } from '../../src/domain/capture-plan.ts';
import { isOwnBlob, nextDelivery } from '../../src/domain/delivery.ts';
import { evolve } from '../../src/domain/evolve.ts';
import type { Task } from '../../src/domain/task.ts';
import { file, observed } from '../fakes/events.ts';
import { sampleTask } from '../fakes/task.ts';

const folder = 'https://acct/c/capwright-d-t/';
const storagePath = `${folder}capwright-d-t.cap`;
const instances = ['2', '3'].map((id) => ({ id, name: `vmss_${id}` }));
const blob = (name: string, instanceId: string | null = null, bytes = 10): CaptureBlob => ({
  url: `${folder}${name}`,
  bytes,
  instanceId,
});

type Downloading = Extract<Task, { state: 'downloading' }>;

function downloading(plan: Partial<CapturePlan>, change: Partial<Downloading> = {}): Downloading {
  const asked = sampleTask({ plan: { ...sampleTask().plan, storagePath, ...plan } });
  const stopped = evolve({ ...asked, state: 'capturing' }, observed('Stopped'), 1);
  if (stopped.state !== 'downloading') {
    throw new TypeError('A stopped session is downloaded.');
  }
  return { ...stopped, storagePath, ...change };
}

const ofSet = (change: Partial<Downloading> = {}): Downloading =>
  downloading({ targetType: 'AzureVMSS', instances }, change);
const ofRing = (change: Partial<Downloading> = {}): Downloading =>
  downloading({ ring: { fileCount: 2, fileBytes: 1_000_000 } }, change);
const here = (url: string, instanceId: string | null = null): Downloading['files'] => [
  { ...file, bytes: 10, blobUrl: url, instanceId },
];

describe('the files of a scale set', () => {
  it('are waited for until each instance has brought its own', () => {
    const both = [blob('a_2.cap', '2'), blob('a_3.cap', '3')];

    expect(nextDelivery(ofSet(), [], false).do).toBe('wait');
    expect(nextDelivery(ofSet(), both.slice(0, 1), false).do).toBe('wait');
    expect(nextDelivery(ofSet(), both, false)).toEqual({ do: 'fetch', blob: both[0], bytes: 20 });
  });

  it('are taken one by one, and no file twice', () => {
    const both = [blob('a_2.cap', '2'), blob('a_3.cap', '3')];
    const [one = blob(''), other = blob('')] = both;

    expect(nextDelivery(ofSet({ files: here(one.url) }), both, false)).toMatchObject({ blob: other });
    expect(nextDelivery(ofSet({ files: [...here(one.url), ...here(other.url)] }), both, false)).toEqual({
      do: 'finish',
      missing: [],
    });
  });

  it('are taken as they are after the deadline, and who is missing is named', () => {
    const one = blob('a_3.cap', '3');

    expect(nextDelivery(ofSet(), [one], true)).toMatchObject({ do: 'fetch', blob: one });
    expect(nextDelivery(ofSet({ files: here(one.url, '3') }), [one], true)).toEqual({
      do: 'finish',
      missing: [instances[0]],
    });
    expect(nextDelivery(ofSet(), [], true).do).toBe('wait');
  });

  it('count for anybody where their names do not tell the instance', () => {
    const nameless = [blob('x.cap'), blob('y.cap')];

    expect(nextDelivery(ofSet(), nameless, false)).toMatchObject({ do: 'fetch' });
    expect(nextDelivery(ofSet(), [blob('x.cap'), blob('a_3.cap', '3')], false).do).toBe('fetch');
    expect(nextDelivery(ofSet(), nameless.slice(1), false).do).toBe('wait');
  });

  it('end the task with what is here where the storage account has lost the rest meanwhile', () => {
    expect(nextDelivery(ofSet({ files: here(`${folder}a_2.cap`, '2') }), [], true)).toEqual({
      do: 'finish',
      missing: [instances[1]],
    });
  });

  it('are no more than the plan allows, however many lie there', () => {
    const many = Array.from({ length: 5000 }, (_, n) => blob(`a_2_${n}.cap`, '2'));
    const step = nextDelivery(ofSet(), [...many, blob('a_3.cap', '3')], false);

    expect(step).toMatchObject({ do: 'fetch', blob: many.at(-1), bytes: 20 });
  });
});

describe('the files of a ring', () => {
  const [old, middle, last] = ['1', '2', '3'].map((n) => blob(`a_0000${n}.cap`));
  const seen = [old, middle, last].flatMap((one) => one ?? []);

  it('are taken once two looks have seen the same', () => {
    const first = nextDelivery(ofRing(), seen.slice(0, 2), false);
    const listing = first.do === 'wait' ? first.listing : null;

    expect(first.do).toBe('wait');
    expect(nextDelivery(ofRing({ listing }), seen, false).do).toBe('wait');
    expect(nextDelivery(ofRing({ listing }), seen.slice(0, 2), false).do).toBe('fetch');
    expect(nextDelivery(ofRing({ listing: 'other' }), seen, true).do).toBe('fetch');
  });

  it('tell a file that grew between the looks', () => {
    const first = nextDelivery(ofRing(), [blob('a_00001.cap', null, 10)], false);
    const listing = first.do === 'wait' ? first.listing : null;

    expect(nextDelivery(ofRing({ listing }), [blob('a_00001.cap', null, 11)], false).do).toBe('wait');
  });

  it('are fetched again where one has grown since it was downloaded', () => {
    const grown = blob('a_00001.cap', null, 11);
    const files = here(grown.url);
    const look = nextDelivery(ofRing({ files }), [grown], false);
    const listing = look.do === 'wait' ? look.listing : null;

    expect(nextDelivery(ofRing({ files, listing }), [grown], false)).toMatchObject({
      do: 'fetch',
      blob: grown,
    });
    expect(nextDelivery(ofRing({ files }), [{ ...grown, bytes: 10 }], true).do).toBe('finish');
  });

  it('are the last of them, as many as the ring holds', () => {
    expect(nextDelivery(ofRing(), seen, true)).toMatchObject({ blob: middle, bytes: 20 });
  });
});

describe('a blob', () => {
  const task = ofSet();

  it.each([
    [`${folder}capwright-d-t_2.cap`, true],
    [`${folder}anything`, true],
    ['https://acct/c/capwright-d-other/x.cap', false],
    ['https://acct/c/capwright-d-t.cap', false],
    ['https://other/c/capwright-d-t/x.cap', false],
  ])('%s is the own one of a scale set: %s', (url, own) => {
    expect(isOwnBlob(task, url)).toBe(own);
  });

  it('of a path that Azure chose is known by its stem', () => {
    const chosen = { ...task, storagePath: 'https://acct/nw/2026/11/22/packetcapture_10_11_12_123.cap' };

    expect(isOwnBlob(chosen, 'https://acct/nw/2026/11/22/packetcapture_10_11_12_123_2.cap')).toBe(true);
    expect(isOwnBlob(chosen, 'https://acct/nw/2026/11/22/packetcapture_10_11_12_1234.cap')).toBe(false);
    expect(isOwnBlob(chosen, 'https://acct/nw/2026/11/22/packetcapture_10_11_13_000.cap')).toBe(false);
  });

  it('of a single machine is the one that Azure named', () => {
    const one = downloading({});

    expect(isOwnBlob(one, storagePath)).toBe(true);
    expect(isOwnBlob(one, `${storagePath}.cap`)).toBe(false);
    expect(isOwnBlob({ ...one, storagePath: 'https://acct/c/else.cap' }, storagePath)).toBe(false);
  });
});
