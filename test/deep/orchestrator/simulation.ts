import { check } from '../../fakes/bench.ts';
import { quietCall, stateDir } from '../../fakes/orchestrator.ts';
import { listen, runAgent, surprise, type Reach, type Told } from './agents.ts';
import { createWatch, judgeRest } from './invariants.ts';
import { startProcess, type Process } from './process.ts';
import { createRandom, type Random } from './random.ts';
import { createTimes, type Times } from './time.ts';
import { createWorld, type World } from './world.ts';

const CHAOS_MS = 300_000;
const HEALING_MS = 3_600_000;
const AGENTS = 7;
const DEADLY = 0.004;

export interface Outcome {
  violations: string[];
  /** What happened, for telling a simulation from one in which nothing did. */
  deaths: number;
  ended: string[];
}

/**
 * One seeded life of a state directory: three servers that share it, agents that call them, and everything that can
 * go wrong for five minutes. Then all is healed, and what must hold in the end is looked at.
 */
export async function simulate(seed: string): Promise<Outcome> {
  const dir = stateDir();
  const random = createRandom(seed);
  const times = createTimes();
  const world = createWorld(times.azure, random.fork('world'));
  const told: Told = {
    tasks: new Map(),
    cancelled: new Set(),
    ended: new Map(),
    violations: world.violations,
  };
  const fleet = await createFleet({ dir: dir.path, random: random.fork('fleet'), times, world });
  const reach: Reach = (body) => fleet.someone().then((server) => server.call(body));
  try {
    await Promise.all([
      trouble({ fleet, world, times, random: random.fork('trouble') }),
      ...Array.from({ length: AGENTS }, (_, n) =>
        runAgent(`request-${n}`, { reach, random: random.fork(`agent ${n}`), times, told }),
      ),
    ]);
    world.heal();
    await fleet.heal();
    const ids = [...told.tasks.values()].flatMap((found) => [...found]);
    await askUntilTheEnd(ids, { reach, times, told });
    await times.azure.sleep(60_000);
    const server = await fleet.someone();
    const rest = await judgeRest(dir.path, server.store, ids);
    const left = [...world.sessions.keys()].map((name) => `I5: ${name} is left in Azure`);
    const uncancelled = ids.filter((id) => told.cancelled.has(id) && !told.ended.has(id));
    return {
      violations: [
        ...world.violations,
        ...rest,
        ...left,
        ...uncancelled.map((id) => `I9: ${id} never ended`),
      ],
      deaths: fleet.deaths(),
      ended: [...told.ended.values()],
    };
  } finally {
    await fleet.end();
    dir.remove();
  }
}

async function askUntilTheEnd(
  ids: readonly string[],
  { reach, times, told }: { reach: Reach; times: Times; told: Told },
): Promise<void> {
  const deadline = times.azure.now() + HEALING_MS;
  const asked = ids.map(async (id) => {
    while (!told.ended.has(id) && times.azure.now() < deadline) {
      await reach((server) => server.checkTask(check(id), quietCall)).then(
        (view) => listen(told, view),
        (error: unknown) => surprise(told, error),
      );
      await times.azure.sleep(1000);
    }
  });
  await Promise.all(asked);
}

interface Trouble {
  fleet: Fleet;
  world: World;
  times: Times;
  random: Random;
}

async function trouble({ fleet, world, times, random }: Trouble): Promise<void> {
  const end = times.azure.now() + CHAOS_MS;
  while (times.azure.now() < end) {
    await times.azure.sleep(random.between(1000, 30_000));
    const what = random.between(0, 1);
    if (what < 0.45) {
      await fleet.kill();
    } else if (what < 0.6) {
      await fleet.restart();
    } else if (what < 0.75) {
      await fleet.pause(random.between(0, 60_000));
    } else if (what < 0.87) {
      world.deleteForeign();
    } else if (what < 0.93) {
      times.suspend(random.between(0, 10 * 3_600_000));
    } else {
      times.adjust(random.between(-3_600_000, 3_600_000));
    }
  }
}

async function createFleet(options: { dir: string; random: Random; times: Times; world: World }) {
  const { random, times, world } = options;
  const watch = createWatch(world.violations);
  let processes: (Process | null)[] = [];
  let born = 0;
  const mood = { deadly: DEADLY, healing: false };
  const start = (): Promise<Process> => {
    born += 1;
    return startProcess(born, {
      ...options,
      random: random.fork(`life ${born}`),
      deadly: () => mood.deadly,
      watch,
    });
  };
  const alive = (): Process[] => processes.filter((one): one is Process => one !== null && !one.isDead());
  /** Looks after one place: whoever died in it is followed by another after a while. */
  const keep = async (place: number): Promise<void> => {
    while (!mood.healing) {
      const one = processes[place] ?? null;
      if (one === null || one.isDead()) {
        await times.azure.sleep(random.between(0, 45_000));
        processes[place] = await start();
      }
      await times.azure.sleep(1000);
    }
  };
  processes = [await start(), null, null];
  const keepers = [0, 1, 2].map(keep);
  return {
    deaths: () => born - alive().length,
    someone: async (): Promise<Process> => {
      if (alive().length === 0) {
        throw new Error('nobody listens');
      }
      return random.pick(alive());
    },
    kill: async (): Promise<void> => {
      const [victim] = alive();
      victim?.kill();
    },
    restart: async (): Promise<void> => {
      await alive().at(-1)?.end();
    },
    pause: async (ms: number): Promise<void> => {
      const victim = alive().at(-1);
      victim?.pause();
      void times.azure.sleep(ms).then(() => victim?.resume());
    },
    heal: async (): Promise<void> => {
      mood.deadly = 0;
      mood.healing = true;
      await Promise.all(keepers);
      alive().forEach((one) => one.resume());
      processes.push(await start());
    },
    end: () => Promise.all(alive().map((one) => one.end())),
  };
}

type Fleet = Awaited<ReturnType<typeof createFleet>>;
