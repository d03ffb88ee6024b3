import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../deep/orchestrator/random.ts';
import { startServer, type Server, type Starting } from './server.ts';

/** Several servers on one state directory; whoever dies is followed by another. */
export interface Fleet {
  /** Some server that lives, though it may be stopped by a signal just now; waits for one to be started. */
  someone(random: Random): Promise<Server>;
  /** Kills one with SIGKILL, now and then one that is just starting; false where none was there. */
  kill(random: Random): boolean;
  /** How long a start took lately, in milliseconds. */
  startMs(): number;
  /** Stops one for so long; false where none was there. */
  pause(random: Random, ms: number): boolean;
  /** Lets stopped ones go on, and starts those that are missing without delay from now on. */
  heal(): void;
  /** Ends all politely, and none is started any more. */
  close(): Promise<void>;
}

export interface FleetOptions {
  size: number;
  root: string;
  environment: Record<string, string>;
  random: Random;
  /** Hears what servers say on stderr. */
  hear: (text: string) => void;
  violation: (text: string) => void;
}

/** A server that dies in trouble stays away for up to so long. */
const AWAY_MS = 2500;
const KILLED_AT_START = 0.2;

/** Brings up all servers and keeps them up; the first ones start at once, together. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { size, root, random, hear, violation } = options;
  const places: (Server | null)[] = Array.from({ length: size }, () => null);
  const starting = new Set<Starting>();
  const paused = new Set<Server>();
  const killed = new Set<Server | Starting>();
  const lately = { startMs: 1000 };
  const mood = { healed: false, closing: false };

  const start = async (): Promise<Server | null> => {
    const began = performance.now();
    const attempt = startServer(root, options.environment, hear);
    starting.add(attempt);
    try {
      const server = await attempt.ready;
      lately.startMs = (3 * lately.startMs + performance.now() - began) / 4;
      return server;
    } catch (error) {
      if (!killed.has(attempt)) {
        violation(`a server did not start: ${String(error)}`);
      }
      return null;
    } finally {
      starting.delete(attempt);
    }
  };
  const keep = async (place: number): Promise<void> => {
    while (!mood.closing) {
      const server = await start();
      places[place] = server;
      await server?.gone;
      places[place] = null;
      if (server !== null && !killed.has(server) && !mood.closing) {
        violation(`a server ended by itself, saying: ${server.said().slice(-1500)}`);
      }
      await delay(mood.healed ? 50 : random.between(0, AWAY_MS));
    }
  };
  const keepers = places.map((_, place) => keep(place));
  const living = (): Server[] => places.filter((one): one is Server => one?.isAlive() === true);
  const resume = (server: Server): void => {
    if (paused.delete(server)) {
      server.signal('SIGCONT');
    }
  };
  await until(() => living().length === size);
  return {
    someone: async (random) => {
      await until(() => living().length > 0);
      return random.pick(living());
    },
    kill: (random) => {
      const there: (Server | Starting)[] =
        random.chance(KILLED_AT_START) && starting.size > 0 ? [...starting] : living();
      if (there.length === 0) {
        return false;
      }
      const victim = random.pick(there);
      killed.add(victim);
      victim.kill();
      return true;
    },
    startMs: () => lately.startMs,
    pause: (random, ms) => {
      const there = living().filter((one) => !paused.has(one));
      if (there.length === 0) {
        return false;
      }
      const server = random.pick(there);
      paused.add(server);
      server.signal('SIGSTOP');
      void delay(ms).then(() => resume(server));
      return true;
    },
    heal: () => {
      mood.healed = true;
      paused.forEach(resume);
    },
    close: async () => {
      await until(() => living().length === size);
      mood.closing = true;
      await Promise.all(living().map((server) => server.close()));
      await Promise.all(keepers);
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let looks = 0; !isSo(); looks += 1) {
    if (looks > 2400) {
      throw new Error('the servers do not come up');
    }
    await delay(50);
  }
}
