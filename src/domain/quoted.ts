import { maskSecrets } from './secrets.ts';
import { disarmHtml, stripControls } from './untrusted.ts';

const MAX_QUOTED = 128;
/** Masking reads the whole text, and nobody shall pay for a long one. */
const MAX_READ = 4096;

/** A caller's own text within a sentence of ours: in quotation marks, on one line, short, and with secrets masked. */
export function quoted(text: string): string {
  const line = disarmHtml(maskSecrets(stripControls(text.slice(0, MAX_READ)))).replaceAll(/\s+/g, ' ');
  return JSON.stringify(line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED - 1)}…` : line);
}
