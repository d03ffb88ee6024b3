/** More pages than any subscription has; an endless chain of next links ends here. */
const MOST_PAGES = 500;

interface Paged<T> {
  byPage(): AsyncIterable<T[]>;
}

/** Collects a paged list, looking at the signal between pages since the SDK hands it to the first page only. */
export async function allPages<T>(paged: Paged<T>, signal: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let pages = 0;
  for await (const page of paged.byPage()) {
    signal.throwIfAborted();
    items.push(...page);
    pages += 1;
    if (pages >= MOST_PAGES) {
      break;
    }
  }
  return items;
}
