import { stripControls } from '../../domain/untrusted.ts';

/** Finished HTML. Only this file and Vega make any, so that a plain string can never pass for it. */
export interface Html {
  readonly html: string;
}

type Piece = Html | string | number | null | readonly Html[];

/** HTML from a template of ours: whatever is filled in is text and escaped, unless it is finished HTML; null is nothing. */
export function markup(parts: TemplateStringsArray, ...pieces: Piece[]): Html {
  return trusted(parts.map((part, index) => part + written(pieces[index] ?? null)).join(''));
}

/** Takes a string of ours, or of a library that escapes what it is given, for finished HTML. */
export const trusted = (text: string): Html => ({ html: text });

export const NOTHING = trusted('');

/** Pieces behind each other. */
export const joined = (pieces: readonly Html[], between = ''): Html =>
  trusted(pieces.map(({ html: one }) => one).join(between));

function written(piece: Piece): string {
  if (piece === null) return '';
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string') return escaped(piece);
  return 'html' in piece ? piece.html : joined(piece).html;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Fit for the text of an element and for an attribute in quotes; nothing in it turns the direction of writing. */
const escaped = (text: string): string =>
  stripControls(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
