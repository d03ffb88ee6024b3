import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { defaultFaultKinds } from '../../src/local-azure/control/fault-kinds.ts';
import { createRandom, type Random } from '../deep/orchestrator/random.ts';
import { runAgent, runCleaner, type AgentDeps, type Told } from './agents.ts';
import { startAzure, type ChaosAzure } from './azure.ts';
import { openFleet, type Fleet } from './fleet.ts';
import { containersOf, countBy, judgeWhole } from './judge-whole.ts';
import { findSecrets, judgeState } from './judge-state.ts';
import { findTargets, type Target } from './targets.ts';
import { createTurns } from './turns.ts';

export interface ChaosOptions {
  /** How long the trouble lasts. */
  minutes: number;
  seed: string;
  tasks: number;
  vms: number;
  /** Where the servers' sources lie; another copy than ours is how a mutation is put to the test. */
  root: string;
  /** How long, after the trouble, everything may take to come to rest. */
  convergeMinutes: number;
  /** Says how it goes, for people who wait. */
  tell: (line: string) => void;
}

export interface ChaosResult {
  kills: number;
  pauses: number;
  faults: number;
  tasks: number;
  violations: string[];
}

const SERVERS = 4;
const FAULT_RATE = 0.1;
/** The service is fast here so that many captures fit into a minute; sessions keep real time. */
const TIME_SCALE = '0.05';
const SESSION_SECONDS = [1, 1, 2, 3, 5];
const FOREIGN = ['web-02', 'win-01'];
/** All that Local Azure does by chance but an operation that never ends: only a deadline of minutes ends that. */
const FAULT_KINDS = defaultFaultKinds.filter((kind) => kind !== 'lro-stuck');

/**
 * One run of chaos: real servers on one state directory against Local Azure in its own process, killed and stopped at
 * random while agents use them and Azure fails; then all trouble ends, and what must hold is judged.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, tell, tasks: wanted } = options;
  const random = createRandom(seed);
  const home = mkdtempSync(join(tmpdir(), 'capwright-chaos-'));
  const number = Math.floor(random.fork('azure').between(0, 4_000_000_000));
  const violations = createViolations();
  const azure = await startAzure([
    '--fleet',
    String(options.vms),
    '--seed',
    String(number),
    '--time-scale',
    TIME_SCALE,
    '--fault-kinds',
    FAULT_KINDS.join(','),
    '--refuse-parallel-writes',
  ]);
  try {
    const secrets = await azure.secrets();
    const stateDir = join(home, 'state');
    const fleet = await openFleet({
      size: SERVERS,
      root: options.root,
      random: random.fork('fleet'),
      environment: {
        HOME: home,
        PATH: process.env['PATH'] ?? '',
        ...azure.environment,
        CAPWRIGHT_STATE_DIR: stateDir,
        CAPWRIGHT_POLL_SECONDS: '0.3',
        ...(process.env['DOCKER_HOST'] === undefined ? {} : { DOCKER_HOST: process.env['DOCKER_HOST'] }),
      },
      hear: (text) => findSecrets(text, secrets) && violations.add('I12: a server logged a secret'),
      violation: violations.add,
    });
    for (const vm of FOREIGN) {
      await azure.plantForeign(`somebody-elses-${vm}`, vm);
    }
    const counts = await live({ options, random, azure, fleet, violations: violations.add });
    tell('everything is at rest or out of time; judging');
    await fleet.close();
    const verdict = await azure.verdict();
    const { faults, faultsByKind } = await azure.stats();
    tell(`faults by kind: ${JSON.stringify(faultsByKind)}`);
    const state = await judgeState(stateDir, secrets);
    tell(`states: ${JSON.stringify(countBy(state.tasks))}, captures created in Azure: ${verdict.created}`);
    violations.add(...verdict.violations, ...state.violations);
    violations.add(...judgeWhole(counts.told, state.tasks, missingForeign(verdict.foreignStillThere)));
    violations.add(...(await containersOf(stateDir)));
    if (verdict.forgotten > 0) {
      violations.add('Local Azure forgot captures: its verdict does not cover everything');
    }
    const { kills, pauses } = counts;
    if (state.tasks.length < wanted) {
      tell(
        `${wanted - state.tasks.length} of ${wanted} requests were taken by nobody before the time was over`,
      );
    }
    return { kills, pauses, faults, tasks: state.tasks.length, violations: violations.all() };
  } finally {
    await azure.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function missingForeign(there: readonly string[]): string[] {
  return FOREIGN.filter((vm) => !there.includes(`somebody-elses-${vm}`));
}

interface Life {
  options: ChaosOptions;
  random: Random;
  azure: ChaosAzure;
  fleet: Fleet;
  violations: (text: string) => void;
}

/** The trouble, and then the time for coming to rest. */
async function live({ options, random, azure, fleet, violations }: Life) {
  const { tell, seed } = options;
  const targets = await findTargets(fleet, azure.connection, options.vms, random.fork('probe'), tell);
  const docker = await new Docker().ping().then(
    () => true,
    () => false,
  );
  tell(docker ? 'some captures are analysed in Docker' : 'no Docker here: captures are not analysed');
  const told: Told = { tasks: new Map(), discarded: new Set(), ended: new Map() };
  const giveUp = new AbortController();
  const mood = { over: false };
  const troubleMs = options.minutes * 60_000;
  const started = performance.now();
  const analyses = createTurns(2);
  const deps = (name: string): AgentDeps => ({
    fleet,
    told,
    analyses,
    violation: violations,
    giveUp: giveUp.signal,
    isOver: () => mood.over,
    random: random.fork(name),
  });
  await azure.setFaults({ faultRate: FAULT_RATE });
  const counts = { kills: 0, pauses: 0 };
  const trouble = makeTrouble({ fleet, random: random.fork('trouble'), counts, isOver: () => mood.over });
  const cleaner = runCleaner(deps('cleaner'));
  const agents = Array.from({ length: options.tasks }, async (_, n) => {
    // The last requests come a little before the end, so that their captures see trouble as well.
    await delay((troubleMs * 0.95 * n) / options.tasks);
    const own = deps(`agent ${n}`);
    return runAgent(requestOf(`${seed}-${n}`, targets, own.random), fateOf(own.random, docker), own);
  });
  const news = setInterval(() => {
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    tell(
      `${minutes} min: ${told.tasks.size} accepted, ${told.ended.size} over, ${counts.kills} kills, ${counts.pauses} pauses`,
    );
  }, 30_000);
  await delay(troubleMs);
  mood.over = true;
  await Promise.all([trouble, cleaner]);
  await azure.setFaults({ faultRate: 0 });
  await azure.forgetFaults();
  fleet.heal();
  tell(`the trouble is over: ${told.tasks.size} accepted, ${told.ended.size} of them at their end`);
  const deadline = setTimeout(() => giveUp.abort(), options.convergeMinutes * 60_000);
  await Promise.all(agents);
  clearTimeout(deadline);
  clearInterval(news);
  return { ...counts, told };
}

function requestOf(
  id: string,
  targets: readonly Target[],
  random: Random,
): Record<string, unknown> & { request_id: string } {
  return {
    ...random.pick(targets),
    duration_seconds: random.pick(SESSION_SECONDS),
    request_id: id,
    session_id: `chaos-${random.pick(['a', 'b', 'c'])}`,
    llm: 'off',
  };
}

function fateOf(random: Random, docker: boolean) {
  const fates = [
    ...(docker ? (['analyze'] as const) : []),
    'drop',
    'drop',
    'drop',
    'stop',
    'discard',
  ] as const;
  return random.pick(fates);
}

interface TroubleDeps {
  fleet: Fleet;
  random: Random;
  counts: { kills: number; pauses: number };
  isOver: () => boolean;
}

/**
 * Somebody dies every few seconds, and somebody stands still now and then, sometimes for longer than calls wait. On a
 * machine that is slow to start a server it is done less often: servers that never get to work prove nothing.
 */
async function makeTrouble({ fleet, random, counts, isOver }: TroubleDeps): Promise<void> {
  while (!isOver()) {
    await delay(random.between(0.1, 1.9) * (1800 + fleet.startMs()));
    if (isOver()) {
      return;
    }
    if (random.chance(0.68)) {
      counts.kills += fleet.kill(random) ? 1 : 0;
    } else {
      const ms = random.chance(0.2) ? random.between(5000, 12_000) : random.between(50, 3000);
      counts.pauses += fleet.pause(random, ms) ? 1 : 0;
    }
  }
}

/** Violations, each said once. */
function createViolations() {
  const found = new Set<string>();
  return { add: (...texts: string[]) => texts.forEach((text) => found.add(text)), all: () => [...found] };
}
