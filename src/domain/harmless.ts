import { CaptureFacts } from './facts.ts';
import { Finding } from './finding.ts';
import { maskSecrets } from './secrets.ts';
import { disarmHtml, stripControls } from './untrusted.ts';

/**
 * Text of packets or programs as it may leave in JSON, to a prompt or to a terminal: without controls, with secrets
 * masked, and with nothing that a viewer would run or load. Safe to apply twice.
 */
export function harmlessText(text: string): string {
  return disarmHtml(maskSecrets(stripControls(text)).replace(TAG, '‹'))
    .replace(/!+\[/g, '[')
    .replace(/\](?=\()/g, '] ');
}

/** Where HTML begins; a sign that looks alike stays readable wherever the text is shown. */
const TAG = /<(?=[\p{L}/!?&])/gu;

/** The same for facts: every string in them, keys included. */
export const harmlessFacts = (facts: CaptureFacts): CaptureFacts => CaptureFacts.parse(deeply()(facts));

/** The same for findings. Their filters hold words of ours only, and have to stay as they are to be run again. */
export function harmlessFindings(findings: readonly Finding[]): Finding[] {
  const deep = deeply();
  return findings.map((finding) =>
    Finding.parse({ ...record(deep(finding)), filter: stripControls(finding.filter) }),
  );
}

const record = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

/** Every string in a value, and each different one once: most of the thousands are keys and addresses, over and over. */
function deeply(): (value: unknown) => unknown {
  const known = new Map<string, string>();
  const textOf = (text: string): string => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const harmless = harmlessText(text);
    known.set(text, harmless);
    return harmless;
  };
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return textOf(value);
    if (Array.isArray(value)) return value.map(deep);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [textOf(key), deep(item)]));
  };
  return deep;
}
