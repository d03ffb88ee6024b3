import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest, IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { createApp, createForensics, openOutside, type App, type Outside } from '../../src/app.ts';
import { startLocalAzureProcess, type LocalAzureProcess } from '../../src/cli/local-azure-process.ts';
import { readConfig } from '../../src/config.ts';
import { StartCaptureInput } from '../../src/domain/inputs.ts';
import type { CallContext, Preflight } from '../../src/ports.ts';
import { inFolder, median, type Figure } from './figures.ts';

const CALL: CallContext = { signal: new AbortController().signal, progress: () => undefined };
const LOOK_MS = 500;
const log = (): void => undefined;

/** What Node tells of each request that leaves the process. */
const Sent = z.object({ request: z.instanceof(ClientRequest) });
const Answered = Sent.extend({ response: z.instanceof(IncomingMessage) });

/** Requests to ARM as they left this process, the refused ones among them. */
interface Traffic {
  reads: number[];
  writes: number[];
  deletes: number[];
  throttled: number;
}

/**
 * What captures cost in calls to ARM, against Local Azure in a process of its own that refuses whoever empties ARM's
 * token buckets: one capture alone, and `fleet` of them at once below one Network Watcher.
 */
export async function azureCalls(fleet: number, seconds: number): Promise<Figure[]> {
  const azure = await startLocalAzureProcess(['--fleet', String(fleet), '--throttle', '--time-scale', '0']);
  try {
    return [...(await alone(azure)), ...(await together(azure, fleet, seconds))];
  } finally {
    await azure.stop();
  }
}

async function alone(azure: LocalAzureProcess): Promise<Figure[]> {
  const area = 'ARM calls';
  const { traffic, preflight } = await withApp(azure, async (app) => {
    const counted = count(azure);
    const started = app.startCapture(input(azure, 'fleet-001', 60), CALL);
    await started;
    const before = total(counted.traffic);
    await untilDone(app, 1, () => undefined);
    counted.stop();
    return { traffic: counted.traffic, preflight: before };
  });
  return [
    { area, what: 'preflight of one capture', value: preflight, unit: 'requests' },
    {
      area,
      what: 'one capture of 60 s, preflight apart',
      value: total(traffic) - preflight,
      unit: 'requests',
    },
  ];
}

async function together(azure: LocalAzureProcess, fleet: number, seconds: number): Promise<Figure[]> {
  const area = `${fleet} captures`;
  const start = performance.now();
  let most = 0;
  const lags: number[] = [];
  const { traffic, rss } = await withApp(azure, async (app) => {
    let last = performance.now();
    const pulse = setInterval(() => {
      lags.push(performance.now() - last - 50);
      last = performance.now();
    }, 50);
    const counted = count(azure);
    for (let n = 1; n <= fleet; n += 1) {
      await setImmediate();
      await app.startCapture(input(azure, `fleet-${String(n).padStart(3, '0')}`, seconds), CALL);
    }
    await untilDone(app, fleet, (running) => (most = Math.max(most, running)));
    counted.stop();
    clearInterval(pulse);
    return { traffic: counted.traffic, rss: process.memoryUsage().rss };
  });
  const peak = (times: number[]): number => Math.max(0, ...perSecond(times));
  const note = `of ${seconds} s, below one watcher`;
  return [
    { area, what: 'requests per capture', value: total(traffic) / fleet, unit: 'requests', note },
    { area, what: 'refused with 429', value: traffic.throttled, unit: 'requests', target: 0 },
    { area, what: 'most at once', value: most, unit: 'captures', note: 'sessions that ran together' },
    {
      area,
      what: 'reads, busiest second',
      value: peak(traffic.reads),
      unit: '/s',
      target: 250,
      note: 'the burst',
    },
    { area, what: 'reads, median second', value: median(perSecond(traffic.reads)), unit: '/s', target: 25 },
    { area, what: 'writes, busiest second', value: peak(traffic.writes), unit: '/s', target: 200 },
    { area, what: 'writes, median second', value: median(perSecond(traffic.writes)), unit: '/s', target: 10 },
    { area, what: 'from first to last', value: (performance.now() - start) / 1000, unit: 's' },
    { area, what: 'longest pause of the event loop', value: Math.max(0, ...lags), unit: 'ms' },
    { area, what: 'memory of the process', value: rss / 1024 / 1024, unit: 'MiB', note: 'resident' },
  ];
}

/** The whole application on a state directory of its own; the checks before a start are made once and copied. */
function withApp<T>(azure: LocalAzureProcess, work: (app: App) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const config = readConfig({ ...azure.environment, CAPWRIGHT_STATE_DIR: join(folder, 'state') }, folder);
    const forensics = createForensics(config, log);
    const app = await createApp(
      config,
      forensics,
      log,
      oncePlanned(await openOutside(config, forensics, log)),
    );
    try {
      app.driver.start();
      return await work(app);
    } finally {
      await app.close();
      forensics.close();
    }
  });
}

/** A thousand preflights of eight reads would take longer than the captures run. */
function oncePlanned(outside: Outside): Outside {
  let first: Preflight | undefined;
  return {
    ...outside,
    cloud: {
      ...outside.cloud,
      preflight: async (target, signal) => {
        first ??= await outside.cloud.preflight(target, signal);
        const { plan } = first;
        const other = (text: string): string =>
          text.replaceAll(plan.vmName, target.target).replaceAll(plan.captureName, target.captureName);
        return {
          ...first,
          plan: {
            ...plan,
            vmId: other(plan.vmId),
            vmName: other(plan.vmName),
            captureName: target.captureName,
            storagePath: other(plan.storagePath),
          },
        };
      },
    },
  };
}

function input({ facts }: LocalAzureProcess, target: string, seconds: number) {
  return StartCaptureInput.parse({ target, resource_group: facts.resourceGroup, duration_seconds: seconds });
}

/** Waits until every task is past Azure; analysing is another matter. */
async function untilDone(app: App, tasks: number, tell: (running: number) => void): Promise<void> {
  for (;;) {
    let [over, running, cursor]: [number, number, string | null] = [0, 0, null];
    do {
      const page = await app.listTasks(
        { limit: 100, states: [], ...(cursor === null ? {} : { cursor }) },
        CALL,
      );
      over += page.tasks.filter(({ state }) => ['analyzing', 'completed'].includes(state)).length;
      running += page.tasks.filter(({ state }) => state === 'capturing').length;
      const lost = page.tasks.find(({ state }) => ['failed', 'timed_out', 'cancelled'].includes(state));
      if (lost !== undefined) {
        throw new Error(`task ${lost.task_id} ended as ${lost.state}`);
      }
      cursor = page.next_cursor;
    } while (cursor !== null);
    tell(running);
    if (over === tasks) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function count({ facts }: LocalAzureProcess): { traffic: Traffic; stop: () => void } {
  const traffic: Traffic = { reads: [], writes: [], deletes: [], throttled: 0 };
  const { host } = new URL(facts.armEndpoint);
  const isArm = (request: ClientRequest): boolean =>
    request.getHeader('host') === host && request.path.startsWith('/subscriptions/');
  const sent = (message: unknown): void => {
    const { request } = Sent.parse(message);
    if (isArm(request)) {
      traffic[kindOf(request)].push(performance.now());
    }
  };
  const answered = (message: unknown): void => {
    const { request, response } = Answered.parse(message);
    traffic.throttled += isArm(request) && response.statusCode === 429 ? 1 : 0;
  };
  subscribe('http.client.request.start', sent);
  subscribe('http.client.response.finish', answered);
  return {
    traffic,
    stop: () => {
      unsubscribe('http.client.request.start', sent);
      unsubscribe('http.client.response.finish', answered);
    },
  };
}

function kindOf({ method, path }: ClientRequest): 'reads' | 'writes' | 'deletes' {
  if (method === 'DELETE') {
    return 'deletes';
  }
  return method === 'GET' || path.includes('/queryStatus') ? 'reads' : 'writes';
}

function total({ reads, writes, deletes }: Traffic): number {
  return reads.length + writes.length + deletes.length;
}

/** Requests in each second from the first to the last. */
function perSecond(times: readonly number[]): number[] {
  const [first = 0] = times;
  const seconds = Array.from({ length: Math.ceil(((times.at(-1) ?? 0) - first) / 1000) + 1 }, () => 0);
  for (const time of times) {
    const second = Math.floor((time - first) / 1000);
    seconds[second] = (seconds[second] ?? 0) + 1;
  }
  return seconds;
}
