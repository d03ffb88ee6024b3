/** How far a finding can be trusted. */
export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/**
 * A confidence and, in one sentence, what it rests on. Only the functions of this file make one, by rule and from the
 * evidence alone; what the recording itself lacks lowers it afterwards.
 */
export interface Certainty {
  confidence: Confidence;
  because: string;
}

/** A message of the protocol says it in so many words, so that one is enough: high. */
export const stated = (how: string): Certainty => ({
  confidence: 'high',
  because: `The packets say so themselves: ${how}.`,
});

/** A number above what any harmless cause is known to reach is high; above the threshold of the detector only, medium. */
export const measured = (value: number, sure: number, what: string): Certainty =>
  value >= sure
    ? { confidence: 'high', because: `${value} ${what}: from ${sure} on nothing else is likely.` }
    : { confidence: 'medium', because: `${value} ${what}: ${sure} would leave less room for other causes.` };

/** Signs that do not depend on each other: as many as `sure` make it high, fewer medium. */
export const agreeing = (signs: number, sure: number, what: string): Certainty =>
  signs >= sure
    ? { confidence: 'high', because: `${signs} ${what}, each telling by itself.` }
    : { confidence: 'medium', because: `Only ${signs} ${what}; ${sure} would confirm each other.` };

/** A conclusion from time, order or absence, which other causes can bring about as well: medium. */
export const inferred = (how: string): Certainty => ({
  confidence: 'medium',
  because: `Concluded, not stated: ${how}.`,
});

/** High where a further observation `confirms` what is otherwise only concluded. */
export const confirmed = (confirms: boolean, byWhat: string, otherwise: string): Certainty =>
  confirms ? { confidence: 'high', because: `Confirmed: ${byWhat}.` } : inferred(otherwise);

/** A pattern that is harmless more often than not: low. */
export const hinted = (how: string): Certainty => ({
  confidence: 'low',
  because: `A hint, no more: ${how}.`,
});

/** Something that speaks against trusting the evidence takes one step off, and says so. */
export function doubted({ confidence, because }: Certainty, reason: string): Certainty {
  const lower = CONFIDENCES[Math.min(CONFIDENCES.indexOf(confidence) + 1, CONFIDENCES.length - 1)];
  return { confidence: lower ?? 'low', because: `${because} One step lower because ${reason}.` };
}

/** A second look at the evidence did not find what the first one told: low, whatever it rested on. */
export const contradicted = ({ because }: Certainty, how: string): Certainty => ({
  confidence: 'low',
  because: `${because} Low because a second look does not bear it out: ${how}`,
});
