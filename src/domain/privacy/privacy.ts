/** What a language model is sent of a capture: all that helps, or no text out of packets. */
export const PRIVACY = ['full', 'facts-only'] as const;
export type Privacy = (typeof PRIVACY)[number];

/** Callers may ask for more privacy than is configured, never for less. */
export const stricter = (configured: Privacy, asked: Privacy): Privacy =>
  configured === 'facts-only' || asked === 'facts-only' ? 'facts-only' : 'full';

/** For a line of the report. */
export const PRIVACY_WORDS: Record<Privacy, string> = {
  full: 'measured facts, names and bounded script output, as untrusted data',
  'facts-only': 'facts only: addresses, ports, counts, times and protocols, but no text out of packets',
};
