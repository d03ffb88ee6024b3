/** One request as it was answered; status is null where the connection was cut or left hanging. */
interface HistoryEntry {
  readonly time: string;
  readonly method: string;
  readonly path: string;
  status: number | null;
  /** The fault that befell it. */
  fault?: string;
}

/** The requests in the order in which they came. */
export interface History {
  begin(method: string, path: string): HistoryEntry;
  entries(): readonly HistoryEntry[];
  clear(): void;
}

const mostEntries = 10_000;

/** An empty history; the oldest entries fall out beyond ten thousand. */
export function createHistory(): History {
  const entries: HistoryEntry[] = [];
  return {
    begin(method, path) {
      const entry: HistoryEntry = { time: new Date().toISOString(), method, path, status: null };
      entries.push(entry);
      if (entries.length > mostEntries) {
        entries.shift();
      }
      return entry;
    },
    entries: () => entries,
    clear() {
      entries.length = 0;
    },
  };
}
