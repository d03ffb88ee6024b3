import { createWatch } from './invariants.ts';
import { startProcess, type Process, type ProcessOptions } from './process.ts';

export type FleetOptions = Omit<ProcessOptions, 'deadly' | 'watch'> & {
  violations: string[];
  /** Servers at a time. */
  places: number;
};

const DEADLY = 0.006;

/** Two or three places in which servers live, die, and are followed by others, all on one state directory. */
export async function createFleet(options: FleetOptions) {
  const { random, times, places } = options;
  const watch = createWatch(options.violations);
  const processes: (Process | null)[] = [];
  const mood = { deadly: DEADLY, healing: false };
  let born = 0;
  const start = (): Promise<Process> => {
    born += 1;
    const own = { deadly: () => mood.deadly, watch, random: random.fork(`life ${born}`) };
    return startProcess(born, { ...options, ...own });
  };
  const alive = (): Process[] => processes.filter((one) => one !== null).filter((one) => !one.isDead());
  const one = (list: readonly Process[]): Process | undefined =>
    list.length === 0 ? undefined : random.pick(list);
  /** Whoever died in a place is followed by another after a while. */
  const keep = async (place: number): Promise<void> => {
    for (;;) {
      await processes[place]?.death.catch(() => undefined);
      await times.azure.sleep(random.between(0, mood.healing ? 1000 : 20_000));
      if (mood.healing) {
        return;
      }
      processes[place] = await start();
    }
  };
  processes.push(await start());
  for (let place = 0; place < places; place += 1) {
    processes[place] ??= null;
    void keep(place);
  }
  return {
    /** How many processes there were. */
    born: () => born,
    /** Some server that listens. */
    someone: async (): Promise<Process> => {
      const found = one(alive());
      if (found === undefined) {
        throw new Error('nobody listens');
      }
      return found;
    },
    kill: (): void => one(alive())?.kill(),
    restart: async (): Promise<void> => one(alive())?.end(),
    pause: (ms: number): void => {
      const victim = one(alive());
      victim?.pause();
      void times.azure.sleep(ms).then(() => victim?.resume());
    },
    /** From now on nobody dies, whoever was stopped goes on, and a new one starts beside one of the old ones. */
    heal: async (): Promise<void> => {
      mood.deadly = 0;
      mood.healing = true;
      const [, ...others] = alive();
      alive().forEach((process) => process.resume());
      await Promise.all(others.map((process) => process.end()));
      processes.push(await start());
    },
    end: async (): Promise<void> => {
      await Promise.all(alive().map((process) => process.end()));
    },
  };
}

export type Fleet = Awaited<ReturnType<typeof createFleet>>;
