/** Counts since the start or the last reset; as many entries as there are operations and kinds of fault. */
export interface Stats {
  request(operation: string): void;
  fault(kind: string): void;
  refusal(kind: 'throttled' | 'parallelWrites' | 'quota'): void;
  transfer(bytes: number): void;
  report(): StatsReport;
  clear(): void;
}

/** The counts as `/_local/stats` shows them. */
export interface StatsReport {
  readonly requests: number;
  /** By the permission that the operation asks for, such as `Microsoft.Network/networkWatchers/read`. */
  readonly requestsByOperation: Readonly<Record<string, number>>;
  readonly faults: number;
  readonly faultsByKind: Readonly<Record<string, number>>;
  /** Refusals that the service itself made because of a limit. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly blobRequests: number;
  readonly blobBytes: number;
}

/** Nothing counted yet. */
export function createStats(): Stats {
  const requests = new Map<string, number>();
  const faults = new Map<string, number>();
  const refusals = new Map<string, number>();
  let [blobRequests, blobBytes] = [0, 0];
  return {
    request(operation) {
      increase(requests, operation);
    },
    fault(kind) {
      increase(faults, kind);
    },
    refusal(kind) {
      increase(refusals, kind);
    },
    transfer(bytes) {
      blobRequests += 1;
      blobBytes += bytes;
    },
    report: () => ({
      requests: total(requests),
      requestsByOperation: Object.fromEntries(requests),
      faults: total(faults),
      faultsByKind: Object.fromEntries(faults),
      refusals: Object.fromEntries(refusals),
      blobRequests,
      blobBytes,
    }),
    clear() {
      [requests, faults, refusals].forEach((counts) => {
        counts.clear();
      });
      [blobRequests, blobBytes] = [0, 0];
    },
  };
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
