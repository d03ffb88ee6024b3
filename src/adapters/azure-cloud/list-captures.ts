import { CapwrightError } from '../../domain/errors.ts';
import type { ListedCapture, PassOver } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';
import { allPages } from './pages.ts';
import { listWatchers, type Watcher } from './watcher.ts';

/** Regions asked at the same time: quick with fifty of them, far below ARM's read limit. */
const AT_ONCE = 5;

export interface Places {
  configured: () => Promise<string>;
  others: readonly string[];
  passOver: PassOver | undefined;
}

/**
 * Every capture in the configured subscription and in the others given, ours and foreign ones. What can't be searched
 * is told to `passOver`. Without it the error is thrown, but for one of the others that these credentials no longer
 * know: that is a word in the log, since nothing of it could be seen or deleted.
 */
export async function listCapturesOf(
  azure: Azure,
  { configured, others, passOver }: Places,
  signal: AbortSignal,
): Promise<ListedCapture[]> {
  const attempt = attempting(passOver, signal);
  const rest = new Set(others.map((id) => id.toLowerCase()));
  const own = await configured().catch((error: unknown) => {
    if (rest.size === 0) {
      throw error;
    }
    return null;
  });
  rest.delete(own?.toLowerCase() ?? '');
  const found = own === null ? [] : await listAllCaptures(azure, own, { attempt, signal });
  for (const id of rest) {
    const there = listAllCaptures(azure, id, { attempt, signal });
    found.push(...(await (passOver === undefined ? there.catch(unlessUnknown(azure)) : there)));
  }
  return found;
}

type Attempt = <T>(place: string, search: () => Promise<T[]>) => Promise<T[]>;

function attempting(passOver: PassOver | undefined, signal: AbortSignal): Attempt {
  return async (place, search) => {
    try {
      return await search();
    } catch (error) {
      if (passOver === undefined || signal.aborted) {
        throw error;
      }
      passOver(place, error);
      return [];
    }
  };
}

function unlessUnknown({ log }: Azure): (error: unknown) => ListedCapture[] {
  return (error) => {
    if (error instanceof CapwrightError && error.code === 'AZURE_NOT_CONFIGURED') {
      log('warn', 'a subscription of earlier tasks is unknown to these credentials', {});
      return [];
    }
    throw error;
  };
}

/** Every capture below every Network Watcher of a subscription, ours and foreign ones. */
async function listAllCaptures(
  azure: Azure,
  subscriptionId: string,
  { attempt, signal }: { attempt: Attempt; signal: AbortSignal },
): Promise<ListedCapture[]> {
  const subscription = `subscription ${subscriptionId}`;
  const watchers = await attempt(subscription, () => listWatchers(azure, subscriptionId, signal));
  const found: ListedCapture[] = [];
  for (let first = 0; first < watchers.length; first += AT_ONCE) {
    const some = watchers.slice(first, first + AT_ONCE);
    const lists = await Promise.all(
      some.map((watcher) =>
        attempt(`${watcher.location} in ${subscription}`, () =>
          listWatcherCaptures(azure, subscriptionId, watcher, signal),
        ),
      ),
    );
    found.push(...lists.flat());
  }
  return found;
}

/** The captures below one Network Watcher; none where the watcher has gone meanwhile. */
export async function listWatcherCaptures(
  azure: Azure,
  subscriptionId: string,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<ListedCapture[]> {
  const work = { doing: 'listing the captures', ms: azure.timeouts.readMs, signal };
  return azure.bounded(work, async (abortSignal) => {
    const network = await azure.clients.network(subscriptionId);
    const paged = network.packetCaptures.list(watcher.resourceGroup, watcher.name, { abortSignal });
    const captures = await allPages(paged, abortSignal).catch((error: unknown) => {
      if (isMissing(error)) {
        return [];
      }
      throw error;
    });
    return captures.flatMap(({ name, target, storageLocation, provisioningState }) =>
      name === undefined
        ? []
        : [
            {
              name,
              location: watcher.location,
              watcherName: watcher.name,
              watcherResourceGroup: watcher.resourceGroup,
              subscriptionId,
              targetId: target ?? '',
              storage: `${storageLocation?.storageId ?? ''} ${storageLocation?.storagePath ?? ''}`,
              provisioningState: provisioningState ?? 'Unknown',
            },
          ],
    );
  });
}
