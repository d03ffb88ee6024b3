import type { Quantity } from './quantity.ts';

/** A number, what it counts, and where in the sentence it stands. */
export interface NumberClaim {
  sort: 'number';
  text: string;
  quantity: Quantity;
  /** What the words beside it say that it counts. */
  concepts: ReadonlySet<string>;
  /** Part of the sentence that it stands in. */
  clause: number;
  /** Whether it is the whole of "3 of 12". */
  whole: boolean;
}

/** One thing that a sentence states and that can be looked up. */
export type Claim =
  | { sort: 'finding' | 'command'; text: string; id: string }
  | { sort: 'address'; text: string; value: string; clause: number }
  | { sort: 'network'; text: string; value: string }
  | { sort: 'port'; text: string; value: number; address: string | null; clause: number }
  | { sort: 'name'; text: string; value: string }
  | { sort: 'frame'; text: string; from: number; to: number }
  | { sort: 'time'; text: string; value: string }
  | { sort: 'term'; text: string; value: string }
  | { sort: 'quote'; text: string; value: string }
  | { sort: 'filter'; text: string; value: string }
  | NumberClaim;
