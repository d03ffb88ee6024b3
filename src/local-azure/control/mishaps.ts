/**
 * What can go wrong with the thing that a call starts although the call itself is answered as ever: the operation
 * fails, is canceled, takes ten times as long or never ends; the new capture stays hidden from reads; the quota is
 * used up; the session fails; the file comes late, never, or cut short.
 */
export const mishaps = [
  'lro-failed',
  'lro-canceled',
  'lro-slow',
  'lro-stuck',
  'stale-get',
  'quota',
  'session-failed',
  'blob-late',
  'blob-missing',
  'file-truncated',
] as const;

/** One of the mishaps. */
export type Mishap = (typeof mishaps)[number];

/** The mishap of that name, if it is one. */
export function asMishap(name: unknown): Mishap | undefined {
  return mishaps.find((mishap) => mishap === name);
}
