import type { CapturePlan } from '../../domain/capture-plan.ts';
import type { CaptureKey } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { orAborted } from './bounded.ts';
import { readResource, toResource, type CaptureResource } from './capture-resource.ts';
import { isMissing } from './error-facts.ts';
import { cancelled } from './errors.ts';
import { allPages } from './pages.ts';

/** Looks at captures of one Network Watcher: those that come together share one request. */
export interface WatcherRounds {
  /** The capture as it is after this call, or null where Azure itself says that it does not exist. */
  read(at: Pick<CapturePlan, CaptureKey>, signal: AbortSignal): Promise<CaptureResource | null>;
}

/** So long a look waits for others; the looks of one tick of the driver come within it. */
const GATHER_MS = 50;
/** And so long at most for the list before, so that those who come meanwhile share the next. */
const LONGEST_GATHER_MS = 1000;

/** Several captures by their names in small letters, as one list shows them. */
type Listed = ReadonlyMap<string, CaptureResource>;

interface Round {
  members: number;
  /** null where nobody came to share it. */
  listed: Promise<Listed | null>;
  /** Resolves when `listed` settles, and keeps nothing of it. */
  over: Promise<void>;
  /** Ends the list when nobody waits for it any more. */
  leave(): void;
}

/**
 * Makes the rounds. The list of a round begins after everybody in it has come, so that nobody is told what was so
 * before it asked. Whoever is alone reads its own capture, and so does whoever the list does not show: that a capture
 * is gone counts only as Azure's answer to a question for it.
 */
export function createWatcherRounds(azure: Azure): WatcherRounds {
  const gathering = new Map<string, Round>();
  const latest = new Map<string, Promise<void>>();
  const join = (at: Pick<CapturePlan, CaptureKey>): Round => {
    const key = `${at.subscriptionId}/${at.watcherResourceGroup}/${at.watcherName}`.toLowerCase();
    const round =
      gathering.get(key) ?? begin(azure, at, latest.get(key) ?? null, () => gathering.delete(key));
    gathering.set(key, round);
    latest.set(key, round.over);
    round.members += 1;
    return round;
  };
  return {
    read: async (at, signal) => {
      const round = join(at);
      try {
        const listed = await orAborted(round.listed, signal);
        return listed?.get(at.captureName.toLowerCase()) ?? (await readResource(azure, at, signal));
      } catch (error) {
        throw signal.aborted ? cancelled(DOING) : error;
      } finally {
        round.leave();
      }
    },
  };
}

const DOING = 'reading the captures of the Network Watcher';

function begin(
  azure: Azure,
  at: Pick<CapturePlan, CaptureKey>,
  before: Promise<void> | null,
  close: () => void,
): Round {
  const over = new AbortController();
  let gathers = true;
  const list = async (): Promise<Listed | null> => {
    await azure.clock.sleep(GATHER_MS);
    if (before !== null) {
      const passed = new AbortController();
      const settled = before.then(() => passed.abort());
      await Promise.race([settled, azure.clock.sleep(LONGEST_GATHER_MS - GATHER_MS, passed.signal)]);
    }
    gathers = false;
    close();
    return round.members > 1 ? listResources(azure, at, over.signal) : null;
  };
  const listed = list();
  const round: Round = {
    members: 0,
    listed,
    over: listed.then(
      () => undefined,
      () => undefined,
    ),
    leave: () => {
      round.members -= 1;
      if (round.members === 0 && !gathers) {
        over.abort();
      }
    },
  };
  return round;
}

async function listResources(
  azure: Azure,
  at: Pick<CapturePlan, CaptureKey>,
  signal: AbortSignal,
): Promise<Listed> {
  const work = { doing: DOING, ms: azure.timeouts.readMs, signal };
  return azure.bounded(work, async (abortSignal) => {
    const network = await azure.clients.network(at.subscriptionId);
    const paged = network.packetCaptures.list(at.watcherResourceGroup, at.watcherName, { abortSignal });
    const captures = await allPages(paged, abortSignal).catch((error: unknown) => {
      if (isMissing(error)) {
        return [];
      }
      throw error;
    });
    return new Map(captures.map((capture) => [String(capture.name).toLowerCase(), toResource(capture)]));
  });
}
