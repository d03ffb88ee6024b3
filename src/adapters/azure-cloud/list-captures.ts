import { CapwrightError } from '../../domain/errors.ts';
import type { ListedCapture } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';
import { allPages } from './pages.ts';
import { listWatchers, type Watcher } from './watcher.ts';

/** Regions asked at the same time: quick with fifty of them, far below ARM's read limit. */
const AT_ONCE = 5;

/**
 * Every capture in the configured subscription and in the others given, ours and foreign ones. One of the others that
 * these credentials no longer know is passed over with a word in the log: nothing of it could be seen or deleted.
 */
export async function listCapturesOf(
  azure: Azure,
  { configured, others }: { configured: () => Promise<string>; others: readonly string[] },
  signal: AbortSignal,
): Promise<ListedCapture[]> {
  const rest = new Set(others.map((id) => id.toLowerCase()));
  const own = await configured().catch((error: unknown) => {
    if (rest.size === 0) {
      throw error;
    }
    return null;
  });
  rest.delete(own?.toLowerCase() ?? '');
  const found = own === null ? [] : await listAllCaptures(azure, own, signal);
  for (const subscriptionId of rest) {
    found.push(...(await listAllCaptures(azure, subscriptionId, signal).catch(unlessUnknown(azure))));
  }
  return found;
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
  signal: AbortSignal,
): Promise<ListedCapture[]> {
  const watchers = await listWatchers(azure, subscriptionId, signal);
  const found: ListedCapture[] = [];
  for (let first = 0; first < watchers.length; first += AT_ONCE) {
    const some = watchers.slice(first, first + AT_ONCE);
    const lists = await Promise.all(
      some.map((watcher) => listWatcherCaptures(azure, subscriptionId, watcher, signal)),
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
    return captures.flatMap(({ name, target, provisioningState }) =>
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
              provisioningState: provisioningState ?? 'Unknown',
            },
          ],
    );
  });
}
