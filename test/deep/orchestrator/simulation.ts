import { holdsVm } from '../../../src/domain/task.ts';
import { look, runAgent, type Reach, type Told } from './agents.ts';
import { createStateDirectory, type StateDirectory, type StoreKind } from './directory.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { judgeRest } from './invariants.ts';
import { createRandom, type Random } from './random.ts';
import { createTimes, type Pump, type Times } from './time.ts';
import { createWorld, type World } from './world.ts';

/** Most lives are short, so that many can be lived; some are long, so that more can come together in one. */
const SHORT = { chaosMs: 40_000, agents: 2, places: 2 };
const LONG = { chaosMs: 120_000, agents: 4, places: 3 };
const LONG_LIVES = 0.1;
/** Between two looks of the agents that wait for the end. */
const LOOK_MS = 20_000;
const HOUR_MS = 3_600_000;
const HEALING_MS = HOUR_MS;
/** When everything that was ever sent has arrived. */
const LATEST_MS = 120_000;

export interface Life {
  seed: string;
  kind: StoreKind;
  pump: Pump;
  /** Where to write what happens, for one who wants to read it. */
  history?: string[];
}

export interface Outcome {
  violations: string[];
  /** What happened, for telling a simulation from one in which nothing did. */
  processes: number;
  ended: string[];
}

/**
 * One seeded life of a state directory: servers that share it, agents that call them, and everything that can go wrong
 * for more than a minute. Then all is healed, and what must hold in the end is looked at. The same seed lives the same life.
 */
export async function simulate({ seed, kind, pump, history }: Life): Promise<Outcome> {
  const times = createTimes();
  const directory = createStateDirectory(kind);
  const life = Promise.withResolvers<never>();
  const pumped = {
    step: () => times.step(),
    stuck: () => life.reject(new Error('I4: nothing can ever happen again')),
  };
  const note = (what: string): void => {
    history?.push(`${new Date(times.azure.now()).toISOString()} ${what}`);
  };
  pump.add(pumped);
  const told: Told = { tasks: new Map(), cancelled: new Set(), ended: new Map(), violations: [] };
  try {
    return await Promise.race([
      live({ random: createRandom(seed), times, directory, told, note }),
      life.promise,
    ]);
  } finally {
    pump.remove(pumped);
    directory.remove();
  }
}

interface Setting {
  random: Random;
  times: Times;
  directory: StateDirectory;
  told: Told;
  note: (what: string) => void;
}

async function live({ random, times, directory, told, note }: Setting): Promise<Outcome> {
  const { violations } = told;
  const world = createWorld({
    clock: times.azure,
    random: random.fork('world'),
    violations,
    note,
    files: directory.files,
    taskOf: (name) => directory.taskOf(name),
  });
  const size = random.chance(LONG_LIVES) ? LONG : SHORT;
  const fleet = await createFleet({
    ...size,
    directory,
    random: random.fork('fleet'),
    times,
    world,
    violations,
    note,
    deleteBlobs: random.chance(0.3),
  });
  const call = { signal: new AbortController().signal, progress: () => {} };
  const reach: Reach = (body) => fleet.someone().then((server) => server.call(body));
  await Promise.all([
    trouble(size.chaosMs, { fleet, world, times, random: random.fork('trouble'), note }),
    ...Array.from({ length: size.agents }, (_, n) =>
      runAgent(`request-${n}`, { ...size, reach, random: random.fork(`agent ${n}`), times, told, call }),
    ),
  ]);
  note('all is healed');
  world.heal();
  await fleet.heal();
  const ids = await everyTask(directory, told);
  await leaveAlone(directory, times);
  await askUntilTheEnd(ids, times, { reach, told, call });
  await fleet.end();
  await times.azure.sleep(LATEST_MS);
  const judge = await directory.open('judge');
  violations.push(...(await judgeRest({ directory, world }, judge.store, ids)));
  judge.close();
  const open = [...told.cancelled].filter((id) => !told.ended.has(id));
  violations.push(...open.map((id) => `I9: ${id} was cancelled and never ended`));
  return { violations, processes: fleet.born(), ended: [...told.ended.values()] };
}

/** Those that somebody was told of, and those of which nobody heard any more. */
async function everyTask(directory: StateDirectory, told: Told): Promise<string[]> {
  const census = await directory.open('census');
  const stored = (await census.store.active()).map(({ task }) => task.id);
  census.close();
  return [...new Set([...[...told.tasks.values()].flat(), ...stored])];
}

/** Nobody asks for anything until no capture is left, or it has taken too long: that must go by itself. */
async function leaveAlone(directory: StateDirectory, times: Times): Promise<void> {
  const census = await directory.open('waiting');
  const deadline = times.azure.now() + HEALING_MS;
  while ((await census.store.active()).some(({ task }) => holdsVm(task)) && times.azure.now() < deadline) {
    await times.azure.sleep(LOOK_MS);
  }
  const left = (await census.store.active()).filter(({ task }) => holdsVm(task));
  census.close();
  if (left.length > 0) {
    throw new Error(`I4: left alone, ${left.map(({ task }) => `${task.id} is ${task.state}`).join(', ')}`);
  }
}

async function askUntilTheEnd(
  ids: readonly string[],
  times: Times,
  deps: Parameters<typeof look>[2],
): Promise<void> {
  const deadline = times.azure.now() + HEALING_MS;
  for (;;) {
    const open = ids.filter((id) => !deps.told.ended.has(id));
    if (open.length === 0 || times.azure.now() > deadline) {
      return;
    }
    await Promise.all(open.map((id) => look(id, 0, deps)));
    await times.azure.sleep(LOOK_MS);
  }
}

interface Trouble {
  fleet: Fleet;
  world: World;
  times: Times;
  random: Random;
  note: (what: string) => void;
}

/**
 * A clock that is set forward while a request is under way that nobody will hear of makes the task's wait for it end
 * early; what then is left, the time limit of the session and `cleanup_orphans` end. It is not simulated.
 */
function forward(world: World): number {
  return world.isUnclear() ? 5000 : HOUR_MS;
}

async function trouble(chaosMs: number, { fleet, world, times, random, note }: Trouble): Promise<void> {
  const ways: (readonly [number, string, () => void | Promise<void>])[] = [
    [0.4, 'a kill', fleet.kill],
    [0.12, 'a restart', fleet.restart],
    [0.15, 'a pause', () => fleet.pause(random.between(0, 60_000))],
    [0.1, 'a foreign delete', world.deleteForeign],
    [0.08, 'credentials withdrawn', () => world.signOut(random.between(0, 60_000))],
    [0.07, 'the laptop sleeps', () => times.suspend(random.between(0, 10 * HOUR_MS))],
    [0.08, 'the clock is set', () => times.adjust(random.between(-HOUR_MS, forward(world)))],
  ];
  while (times.awake() < chaosMs) {
    await times.azure.sleep(random.between(500, 10_000));
    let dice = random.between(0, 1);
    const way = ways.find(([share]) => (dice -= share) < 0);
    if (way !== undefined) {
      note(way[1]);
      await way[2]();
    }
  }
}
