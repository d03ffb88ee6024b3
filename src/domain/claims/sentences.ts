/** A stretch of prose that is struck or kept as one. */
export interface Sentence {
  /** As the model wrote it. */
  text: string;
  /** Paragraph or list item that it stands in: what is cited at its beginning holds to its end. */
  paragraph: number;
}

interface Piece extends Sentence {
  /** What stands between this and the sentence before: white space, bullets. */
  lead: string;
}

/** The sentences of Markdown prose, in order. A list item, a table row and a block of code begin sentences of their own. */
export function sentencesOf(markdown: string): Sentence[] {
  return piecesOf(markdown).map(({ text, paragraph }) => ({ text, paragraph }));
}

/** The prose without the sentences at these places; what only held them together goes with them. */
export function withoutSentences(markdown: string, struck: ReadonlySet<number>): string {
  const pieces = piecesOf(markdown);
  const kept = pieces.filter((_, index) => !struck.has(index));
  const first = new Set<Piece>();
  const seen = new Set<number>();
  for (const piece of kept) {
    if (!seen.has(piece.paragraph)) first.add(piece);
    seen.add(piece.paragraph);
  }
  const leadOf = new Map(pieces.toReversed().map((piece) => [piece.paragraph, piece.lead]));
  return kept
    .map((piece) => (first.has(piece) ? (leadOf.get(piece.paragraph) ?? '') : piece.lead) + piece.text)
    .join('')
    .trim();
}

const BLOCK_START = /^\s*(?:[-*+]\s|\d{1,3}[.)]\s|#{1,6}\s|\||>)/;
const FENCE = /^\s*(?:```|~~~)/;

function piecesOf(markdown: string): Piece[] {
  return blocksOf(markdown).flatMap(({ lead, text }, paragraph) =>
    split(text).map((part, index) => ({
      lead: index === 0 ? lead : ' ',
      text: part,
      paragraph,
    })),
  );
}

/** Paragraphs, list items, rows and blocks of code, soft line breaks taken out. */
function blocksOf(markdown: string): { lead: string; text: string }[] {
  const blocks: { lead: string; text: string }[] = [];
  let between = '';
  let fenced = false;
  let open = false;
  for (const line of markdown.replace(/\r\n?/g, '\n').split('\n')) {
    const mark = FENCE.test(line);
    const last = blocks.at(-1);
    if (fenced && last !== undefined) {
      last.text += `\n${line}`;
      fenced = !mark;
      open = fenced;
    } else if (line.trim() === '') {
      between += '\n';
      open = false;
    } else if (open && !mark && !BLOCK_START.test(line) && last !== undefined) {
      last.text += ` ${line.trim()}`;
    } else {
      const bullet = /^\s*(?:(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+)*/.exec(line)?.[0] ?? '';
      blocks.push({
        lead: `${blocks.length === 0 ? '' : '\n'}${between}${bullet}`,
        text: line.slice(bullet.length),
      });
      between = '';
      fenced = mark;
      open = true;
    }
  }
  return blocks;
}

const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|vs|approx|cf|etc|resp|incl|ca)\.$/i;

/** At the end of sentences, never inside a code span, an address, a decimal or an abbreviation. */
function split(text: string): string[] {
  if (FENCE.test(text)) return [text];
  const masked = text.replace(/`+[^`]*`+/g, (span) => 'x'.repeat(span.length));
  const parts: string[] = [];
  let from = 0;
  for (const match of masked.matchAll(/[.!?。！？…]+["')\]*_]*(?:\s+|(?<=[。！？]["')\]*_]*))(?=\S)/gu)) {
    const end = match.index + match[0].trimEnd().length;
    const next = masked.slice(match.index + match[0].length);
    const before = masked.slice(from, match.index + 1);
    const begins =
      /^["'([*_]*[^\p{Ll}\s]/u.test(next) || /^["'([*_]*x{3}/.test(next) || !before.endsWith('.');
    if (!begins || ABBREVIATION.test(before)) continue;
    parts.push(text.slice(from, end));
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
