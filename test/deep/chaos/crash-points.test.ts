import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, createForensics, openOutside, type App, type Forensics } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { StartCaptureInput } from '../../../src/domain/inputs.ts';
import type { Cloud, Log } from '../../../src/ports.ts';
import { startAzure, type ChaosAzure } from '../../chaos/azure.ts';
import { judgeState } from '../../chaos/judge-state.ts';
import { ROOT } from '../../e2e/host.ts';
import { emptyAnalysis } from '../../fakes/analysis.ts';
import { quietCall } from '../../fakes/orchestrator.ts';
import { CRASH_POINTS, REAL_ANALYSIS, wishFor, type CrashPoint, type Orders } from './crash-points.ts';

/** Each point has a machine of its own, so that all can share one Azure. */
const machineOf = (point: CrashPoint): string =>
  `fleet-${String(CRASH_POINTS.indexOf(point) + 1).padStart(3, '0')}`;
const AT_ONCE = 6;
const log: Log = () => {};
/** CAPWRIGHT_CRASH_POINTS=sent:put,claim:at-commit walks these alone. */
const only = process.env['CAPWRIGHT_CRASH_POINTS']?.split(',');
const chosen = CRASH_POINTS.filter((point) => only?.includes(point) ?? true);

let azure: ChaosAzure;
let secrets: string[] = [];
beforeAll(async () => {
  azure = await startAzure(['--fleet', String(CRASH_POINTS.length), '--time-scale', '0.01']);
  secrets = await azure.secrets();
});
afterAll(async () => azure.stop());

const lots = Array.from({ length: AT_ONCE }, (_, lot) => chosen.filter((_, n) => n % AT_ONCE === lot));

describe('a server that dies at a named point', () => {
  // Lanes side by side: most of a point is waiting, above all until a lost request can't arrive any more.
  describe.concurrent.each(lots.map((points, lot) => ({ points, lot })))('lane $lot', ({ points }) => {
    it('is followed by one that ends its task, and nothing is lost, doubled or left', async () => {
      const broken: Record<string, unknown> = {};
      for (const point of points) {
        const began = performance.now();
        const found = await walk(point).catch((error: unknown) => [String(error)]);
        const took = `${Math.round((performance.now() - began) / 100) / 10} s`;
        process.stderr.write(`${point}: ${[took, ...found].join(', ')}\n`);
        if (found.length > 0) {
          broken[point] = found;
        }
      }

      expect(broken).toEqual({});
    });
  });

  it('never has two captures on a machine, nor one name twice, whatever the point', async () => {
    const verdict = await azure.verdict();

    expect(verdict.violations).toEqual([]);
    expect(verdict.created).toBeGreaterThan(chosen.length / 2);
  });
});

/** Kills at one point and converges; what does not hold afterwards. */
async function walk(point: CrashPoint): Promise<string[]> {
  const place = await openPlace(point);
  try {
    const found: string[] = [];
    for (const orders of ordersFor(point, place)) {
      await plantSilence(orders.point, place.deploymentId);
      found.push(...(await dieAt(orders, place.environment)));
    }
    const { task, violations } = await converge(point, place);
    const state = await judgeState(place.stateDir, secrets);
    const requests = state.tasks.filter(({ requestId }) => requestId === place.request.request_id);
    if (task !== null && (requests.length !== 1 || requests[0]?.id !== task)) {
      found.push(`I11: ${requests.length} tasks for one request id`);
    }
    const left = (await azure.verdict()).stillThere.filter((name) => name.includes(place.deploymentId));
    return [
      ...found,
      ...violations,
      ...state.violations,
      ...left.map((name) => `I5: ${name} is still there`),
    ];
  } finally {
    place.remove();
  }
}

interface Place {
  stateDir: string;
  environment: Record<string, string>;
  deploymentId: string;
  request: Orders['request'];
  remove(): void;
}

/** A state directory of its own; only for the points of migration it is not there before. */
async function openPlace(point: CrashPoint): Promise<Place> {
  const home = mkdtempSync(join(tmpdir(), 'capwright-crash-'));
  const stateDir = join(home, 'state');
  // Nobody is there to approve of what a process throws away before it dies.
  writeFileSync(join(home, 'policy.json'), JSON.stringify({ approval: 'never' }));
  const environment = {
    HOME: home,
    PATH: process.env['PATH'] ?? '',
    ...azure.environment,
    CAPWRIGHT_STATE_DIR: stateDir,
    CAPWRIGHT_SESSION_ID: 'crash',
    CAPWRIGHT_POLL_SECONDS: '0.1',
    CAPWRIGHT_POLICY_FILE: join(home, 'policy.json'),
  };
  let deploymentId = 'unknown';
  if (!point.startsWith('migration:')) {
    const server = await openServer(environment);
    deploymentId = server.deploymentId;
    if (point.startsWith('sweep:') || point.startsWith('plan:')) {
      await leaveOrphan(server, machineOf(point));
    }
    await server.close();
  }
  const request = {
    target: machineOf(point),
    resource_group: azure.connection.resourceGroup,
    duration_seconds: wishFor(point) === null ? 1 : 30,
    request_id: point,
    llm: needsModel(point) ? 'auto' : 'off',
  };
  const remove = (): void => rmSync(home, { recursive: true, force: true });
  return { stateDir, environment, deploymentId, request, remove };
}

function needsModel(point: CrashPoint): boolean {
  return point.startsWith('model:');
}

/** A successor that dies as it is about to take over needs somebody to succeed. */
function ordersFor(point: CrashPoint, { request }: Place): Orders[] {
  const wish = wishFor(point);
  const job = point.startsWith('sweep:') || point.startsWith('plan:') ? 'cleanup' : 'capture';
  const orders = { point, request, wish, job } as const;
  const [moment, step] = point.split(':');
  const first = CRASH_POINTS.find((other) => other === `armed:${step}`);
  return moment === 'before' && first !== undefined && step !== 'begin'
    ? [{ ...orders, point: first }, orders]
    : [orders];
}

/** A request that is out and has no answer: Local Azure does what it asks for and says nothing. */
async function plantSilence(point: CrashPoint, deploymentId: string): Promise<void> {
  const silent: Partial<Record<CrashPoint, unknown>> = {
    'sent:put': { method: 'PUT' },
    'sent:poll': { method: 'POST' },
    'sent:stop': { method: 'POST', suffix: '/stop' },
    'sent:delete': { method: 'DELETE' },
    'sent:download': { method: 'GET', service: 'blob' },
    'sweep:sent-delete': { method: 'DELETE' },
  };
  const match = silent[point];
  if (match !== undefined) {
    const { suffix: _suffix, ...rest } = { suffix: '', ...(match as object) };
    await azure.plantFault({
      match: { ...rest, pathIncludes: `capwright-${deploymentId}` },
      times: 1,
      action: 'hang-after',
    });
  }
}

const DEADLINE_MS = 240_000;

/** Lets a process carry out its orders; says so where it didn't die where it should. */
async function dieAt(orders: Orders, environment: Record<string, string>): Promise<string[]> {
  const many = orders.point === 'migration:two-at-once' ? 2 : 1;
  const children = Array.from({ length: many }, () =>
    spawn(process.execPath, ['test/fixtures/crash-process.ts', JSON.stringify(orders)], {
      cwd: ROOT,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
    }),
  );
  const lives = children.map(async (child) => {
    const over = once(child, 'close');
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), over]);
    if (!said.includes(`died at ${orders.point}`) || child.signalCode !== 'SIGKILL') {
      return [`never came to ${orders.point}: ${said} ${complained.slice(-800)}`];
    }
    // Whoever came second may find nothing left to do there, and dies where it is.
    children.forEach((other) => other.kill('SIGKILL'));
    return [];
  });
  const found = await Promise.all(lives);
  return found.some((life) => life.length === 0) ? [] : found.flat();
}

interface TestServer extends App {
  deploymentId: string;
  cloud: Cloud;
}

/** The server that comes after, in this process, with an analysis that needs no container unless it is about that. */
async function openServer(environment: Record<string, string>, point?: CrashPoint): Promise<TestServer> {
  const config = readConfig(environment, ROOT);
  const real = createForensics(config, log);
  const isReal = point !== undefined && REAL_ANALYSIS.includes(point);
  const forensics: Forensics = isReal ? real : { ...real, analyze: async () => emptyAnalysis() };
  const outside = await openOutside(config, forensics, log);
  const app = await createApp(config, forensics, log, outside);
  return {
    ...app,
    deploymentId: outside.store.deploymentId,
    cloud: outside.cloud,
    close: async () => {
      await app.close();
      forensics.close();
    },
  };
}

/** A capture of this deployment that no task knows. */
async function leaveOrphan({ cloud, deploymentId }: TestServer, target: string): Promise<void> {
  const { plan } = await cloud.preflight(
    {
      target,
      targetType: null,
      instances: { include: [], exclude: [] },
      ring: null,
      resourceGroup: azure.connection.resourceGroup,
      subscriptionId: null,
      locationHint: null,
      storageAccount: null,
      storageContainer: null,
      captureName: `capwright-${deploymentId}-orphan`,
      durationSeconds: 600,
      totalBytes: 0,
      bytesPerPacket: 0,
      filters: [],
    },
    quietCall.signal,
  );
  await cloud.ensureCapture(plan, quietCall.signal);
}

/** What a person does after a crash: start the server again, ask again, clean up. */
async function converge(
  point: CrashPoint,
  place: Place,
): Promise<{ task: string | null; violations: string[] }> {
  const server = await openServer(place.environment, point);
  server.driver.start();
  try {
    if (point.startsWith('sweep:') || point.startsWith('plan:')) {
      return { task: null, violations: await cleanUp(server) };
    }
    const { task_id: task } = await server.startCapture(StartCaptureInput.parse(place.request), quietCall);
    const wish = wishFor(point);
    if (wish !== null && task !== null) {
      await server.stopCapture({ task_id: task, discard: wish === 'discard', wait_seconds: 0 }, quietCall);
    }
    const ended = await seeToTheEnd(server, task ?? '');
    const violations = ended === expectedEnd(point) ? [] : [`the task ended as ${ended}`];
    return { task, violations: [...violations, ...(await cleanUp(server))] };
  } finally {
    await server.close();
  }
}

function expectedEnd(point: CrashPoint): string {
  return wishFor(point) === 'discard' ? 'cancelled' : 'completed';
}

async function seeToTheEnd(server: App, task: string): Promise<string> {
  const until = performance.now() + DEADLINE_MS;
  let state = 'never looked at';
  while (performance.now() < until) {
    const view = await server.checkTask({ task_id: task, wait_seconds: 5 }, quietCall);
    state = view.state;
    if (view.status !== 'task_pending') {
      return state;
    }
  }
  return `still ${state}`;
}

/** Whatever the death left lying about is found and removed, and then there is no more. */
async function cleanUp(server: App): Promise<string[]> {
  const plan = await server.cleanupOrphans({}, quietCall);
  if (plan.plan_id === null) {
    return [];
  }
  const { items } = await server.cleanupOrphans({ plan_id: plan.plan_id }, quietCall);
  return items
    .filter(({ outcome, action }) => outcome === 'failed' && action !== 'keep')
    .map(({ kind, name, reason }) => `${kind} ${name} could not be cleaned up: ${reason}`);
}
