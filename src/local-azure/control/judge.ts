import type { Capture } from '../captures/capture.ts';

/** Watches what happens to captures and says whether their owners kept the invariants. */
export interface Judge {
  /** A PUT of that capture reached the service, whatever came of it. */
  asked(id: string): void;
  /** The name came into being. */
  created(capture: Capture): void;
  /** The name was asked for again with another body. */
  contradicted(capture: Capture): void;
  began(capture: Capture): void;
  ended(capture: Capture): void;
  /** Somebody asked for its end; `removed` follows when it is gone. */
  stopAsked(capture: Capture): void;
  removed(capture: Capture): void;
  /** The verdict; at rest, a capture that is still there is a violation of I5. */
  verdict(captures: readonly Capture[], atRest: boolean): Verdict;
  clear(): void;
}

/** What `/_local/verdict` answers. */
export interface Verdict {
  /** I1: the most captures that ever ran at once on one machine, foreign ones not counted. */
  readonly maxRunningPerVm: number;
  /** I2: names that came into being more than once, those not counted whose session never began. */
  readonly duplicateNames: readonly string[];
  readonly putsPerName: Readonly<Record<string, number>>;
  /** I5: captures that are still there and are not foreign. */
  readonly stillThere: readonly string[];
  readonly foreignStillThere: readonly string[];
  /** I10: foreign captures that somebody deleted, or asked to stop. */
  readonly foreignDeletions: readonly string[];
  readonly foreignStops: readonly string[];
  /** Deleted with their session running, so that no file came; what a discarding client does on purpose. */
  readonly deletedWhileRunning: readonly string[];
  readonly created: number;
  readonly deleted: number;
  /** Names that fell out of the books beyond their size; 0 means that the verdict covers everything. */
  readonly forgotten: number;
  readonly violations: readonly string[];
}

const mostNames = 50_000;
const mostRemarks = 1000;

interface NameRecord {
  readonly name: string;
  puts: number;
  created: number;
}

interface Books {
  readonly names: Map<string, NameRecord>;
  readonly running: Map<string, Set<string>>;
  readonly remarks: {
    violations: string[];
    foreignDeletions: string[];
    foreignStops: string[];
    deletedWhileRunning: string[];
  };
  readonly counts: { maxRunningPerVm: number; created: number; deleted: number; forgotten: number };
}

/** An empty book; it holds fifty thousand names, of which the oldest go first. */
export function createJudge(): Judge {
  let books = emptyBooks();
  const nameOf = (id: string): NameRecord => {
    const known = books.names.get(id.toLowerCase()) ?? { name: lastSegment(id), puts: 0, created: 0 };
    books.names.set(id.toLowerCase(), known);
    const [oldest] = books.names.size > mostNames ? books.names.keys() : [];
    if (oldest !== undefined) {
      books.names.delete(oldest);
      books.counts.forgotten += 1;
    }
    return known;
  };
  const ended = (capture: Capture): void => {
    capture.target.machines.forEach(({ id }) => books.running.get(id)?.delete(capture.id));
  };
  return {
    asked(id) {
      nameOf(id).puts += 1;
    },
    created(capture) {
      if (!capture.foreign) {
        nameOf(capture.id).created += 1;
        books.counts.created += 1;
      }
    },
    contradicted(capture) {
      remark(books.remarks.violations, `I2: ${capture.name} was asked for with two different bodies`);
    },
    began(capture) {
      if (!capture.foreign) {
        noteRunning(books, capture);
      }
    },
    ended,
    stopAsked(capture) {
      if (capture.foreign) {
        remark(books.remarks.foreignStops, capture.name);
      }
    },
    removed(capture) {
      ended(capture);
      books.counts.deleted += 1;
      if (!capture.foreign && capture.startTime === undefined) {
        // What never ran may be made anew: nothing was captured twice.
        nameOf(capture.id).created -= 1;
      }
      if (capture.foreign) {
        remark(books.remarks.foreignDeletions, capture.name);
      } else if (capture.status === 'Running') {
        remark(books.remarks.deletedWhileRunning, capture.name);
      }
    },
    verdict: (captures, atRest) => judge(books, captures, atRest),
    clear() {
      books = emptyBooks();
    },
  };
}

function emptyBooks(): Books {
  return {
    names: new Map(),
    running: new Map(),
    remarks: { violations: [], foreignDeletions: [], foreignStops: [], deletedWhileRunning: [] },
    counts: { maxRunningPerVm: 0, created: 0, deleted: 0, forgotten: 0 },
  };
}

function noteRunning({ running, counts, remarks }: Books, capture: Capture): void {
  for (const machine of capture.target.machines) {
    const here = running.get(machine.id) ?? new Set();
    running.set(machine.id, here.add(capture.id));
    counts.maxRunningPerVm = Math.max(counts.maxRunningPerVm, here.size);
    if (here.size > 1) {
      const names = [...here].map(lastSegment).join(', ');
      remark(remarks.violations, `I1: ${here.size} captures ran at once on ${machine.name}: ${names}`);
    }
  }
}

function remark(list: string[], text: string): void {
  if (list.length < mostRemarks) {
    list.push(text);
  }
}

function judge({ names, remarks, counts }: Books, captures: readonly Capture[], atRest: boolean): Verdict {
  const duplicates = [...names.values()].filter(({ created }) => created > 1).map(({ name }) => name);
  const stillThere = captures.filter(({ foreign }) => !foreign).map(({ name }) => name);
  const puts: Record<string, number> = {};
  for (const known of names.values()) {
    puts[known.name] = (puts[known.name] ?? 0) + known.puts;
  }
  return {
    ...counts,
    ...remarks,
    duplicateNames: duplicates,
    putsPerName: puts,
    stillThere,
    foreignStillThere: captures.filter(({ foreign }) => foreign).map(({ name }) => name),
    violations: [
      ...remarks.violations,
      ...duplicates.map((name) => `I2: ${name} was created more than once`),
      ...(atRest ? stillThere.map((name) => `I5: ${name} is still there`) : []),
      ...remarks.foreignDeletions.map((name) => `I10: ${name}, a foreign capture, was deleted`),
      ...remarks.foreignStops.map((name) => `I10: ${name}, a foreign capture, was asked to stop`),
    ],
  };
}

function lastSegment(id: string): string {
  return id.split('/').at(-1) ?? '';
}
