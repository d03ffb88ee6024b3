/**
 * One conversation: before each packet it yields the microseconds that pass until then, so that any number of them can
 * be interleaved in the order of time.
 */
export type Play = Generator<number, void, void>;

interface Waiting {
  at: number;
  /** Breaks ties, so that equal times keep one order. */
  order: number;
  play: Play;
}

export interface Schedule {
  /** Has a play begin so many microseconds from now. */
  start(play: Play, delay: number): void;
  /** Moves on to the play whose turn is next; the time that it then is, or null when all plays are over. */
  next(): number | null;
}

/** A heap of plays by the time of their next packet; `setNow` hears the time before the play goes on. */
export function createSchedule(setNow: (at: number) => void): Schedule {
  const heap: Waiting[] = [];
  let now = 0;
  let started = 0;
  return {
    start(play, delay) {
      heap.push({ at: now + delay, order: started++, play });
      rise(heap, heap.length - 1);
    },
    next() {
      const first = heap[0];
      if (first === undefined) return null;
      now = first.at;
      setNow(now);
      const step = first.play.next();
      // What the play started comes behind it, now at the earliest: it still stands first.
      if (step.done === true) {
        const last = heap.pop();
        if (last !== undefined && last !== first) heap[0] = last;
      } else {
        first.at = now + Math.max(0, Math.round(step.value));
        first.order = started++;
      }
      sink(heap);
      return now;
    },
  };
}

const isBefore = (a: Waiting, b: Waiting): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function rise(heap: Waiting[], from: number): void {
  let place = from;
  const moved = heap[place];
  if (moved === undefined) return;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const other = heap[above];
    if (other === undefined || !isBefore(moved, other)) return;
    heap[place] = other;
    heap[above] = moved;
    place = above;
  }
}

function sink(heap: Waiting[]): void {
  let place = 0;
  const moved = heap[place];
  if (moved === undefined) return;
  for (;;) {
    let below = 2 * place + 1;
    let least = heap[below];
    const right = heap[below + 1];
    if (right !== undefined && least !== undefined && isBefore(right, least)) {
      below += 1;
      least = right;
    }
    if (least === undefined || !isBefore(least, moved)) return;
    heap[place] = least;
    heap[below] = moved;
    place = below;
  }
}
