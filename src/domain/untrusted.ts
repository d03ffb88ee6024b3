/*
 * Whatever a packet, tshark, a script or a model wrote passes through this file before it reaches a terminal,
 * a Markdown viewer or a model. Every function is pure and safe to apply twice.
 */

const ESC = '\u001b';
const BELL = '\u0007';
const CSI = '\u009b';
const ST = '\u009c';

const STRING_SEQUENCE = new RegExp(`${ESC}[\\]PX^_][^${BELL}${ESC}${ST}]*(?:${BELL}|${ESC}\\\\|${ST})?`, 'g');
const CONTROL_SEQUENCE = new RegExp(`(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]?`, 'g');
const SHORT_SEQUENCE = new RegExp(`${ESC}[ -/]*[0-~]?`, 'g');

/** Leaves printable text, newlines and tabs: no terminal escapes, control, bidi, zero-width or tag characters. */
export function stripControls(text: string): string {
  return text
    .toWellFormed()
    .replace(STRING_SEQUENCE, '')
    .replace(CONTROL_SEQUENCE, '')
    .replace(SHORT_SEQUENCE, '')
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/[\p{Cf}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/gu, '')
    .replace(/(?![\n\t])\p{Cc}/gu, '');
}

/** The beginning of a text, at most `max` characters, and how much is missing. */
export function bound(text: string, max: number): string {
  const chars = text.length;
  return chars <= max ? text : `${text.slice(0, max).toWellFormed()} [${chars - max} characters left out]`;
}

/** The end of a text, at most `max` characters: where errors stand. */
export function tail(text: string, max: number): string {
  const chars = text.length;
  return chars <= max ? text : `[${chars - max} characters left out] ${text.slice(-max).toWellFormed()}`;
}

export interface Fence {
  /** Unpredictable for whoever wrote the text. */
  nonce: string;
  /** What the text is, in our own words: letters and hyphens. */
  label: string;
  maxChars: number;
}

/**
 * Wraps text as data for a model. The text can't close its fence: the nonce and anything that looks like a fence
 * are taken out of it. A fence is never part of a system prompt.
 */
export function fence(text: string, { nonce, label, maxChars }: Fence): string {
  const inside = bound(stripControls(text), maxChars)
    .replaceAll(nonce, '[removed]')
    .replace(/<(?=\s*\/?\s*untrusted)/gi, '&lt;');
  return `<untrusted id="${nonce}" label="${label}">\n${inside}\n</untrusted id="${nonce}">`;
}

/** Takes the life out of HTML and of script and data links; a comparison such as `a < 5` stays readable. */
export function disarmHtml(text: string): string {
  return text
    .replace(/<(?=[\p{L}/!?&])/gu, '&lt;')
    .replace(/\bon[a-z]+\s*=(?!=)/gi, '[event handler removed]')
    .replace(/\b(?:javascript|vbscript|livescript)\s*:/gi, '[script link removed]')
    .replace(/\bdata\s*:\s*[a-z]+\/[a-z0-9.+-]+/gi, '[data link removed]');
}

/** Makes links and images plain words: nothing loads, nothing can be clicked. */
function disarmLinks(text: string): string {
  return text
    .replace(/!\[/g, '[')
    .replace(/\](?=[([])/g, '] ')
    .replace(/\]:/g, '] :')
    .replace(/\bhttp(s?):\/\//gi, 'hxxp$1://')
    .replace(/\bwww\.(?=\S)/gi, 'www[.]');
}

/** One line of untrusted text inside our own Markdown; it can't begin a heading, a quotation or a code block. */
export function inlineText(text: string, max = 300): string {
  const line = bound(stripControls(text).replace(/\s+/g, ' ').trim(), max);
  return disarmLinks(disarmHtml(line))
    .replaceAll('`', "'")
    .replace(/^(?:#+ |>|~~~+|\s)+/, '');
}

/** A filter, command or name as a Markdown code span, whatever backticks it holds. */
export function codeSpan(text: string, max = 600): string {
  const line = disarmHtml(bound(stripControls(text).replace(/\s+/g, ' ').trim(), max));
  const ticks = '`'.repeat(longestRun(line, '`') + 1);
  const pad = line === '' || line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Program output as a fenced code block that the output can't leave. */
export function codeBlock(text: string, max: number, language = 'text'): string {
  const body = disarmHtml(bound(stripControls(text), max))
    .replace(/\n+$/, '')
    .replace(NO_HEADING, ' ');
  const ticks = '`'.repeat(Math.max(3, longestRun(body, '`') + 1));
  return `${ticks}${language}\n${body}\n${ticks}`;
}

/** Whoever splits a report at its headings need not understand code blocks. */
const NO_HEADING = /^(?=##)/gm;

function longestRun(text: string, char: string): number {
  const runs = text.split(new RegExp(`[^${char}]+`)).map((run) => run.length);
  return Math.max(0, ...runs);
}

/** A Markdown table; cells are finished Markdown, pipes and line breaks in them are taken care of here. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;

function cell(markdown: string): string {
  return markdown.replace(/\s*\n\s*/g, ' ').replace(/\\*\|/g, String.raw`\|`);
}

/**
 * Markdown prose by a model, made fit to stand inside one section of our report: no HTML, links or images, no
 * headings of its own rank, and no code fence that is left open over what follows.
 */
export function prose(markdown: string, max: number): string {
  const lines = disarmLinks(disarmHtml(bound(stripControls(markdown).trim(), max))).split('\n');
  const kept: string[] = [];
  let open: string | null = null;
  for (const line of lines) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (open === null) {
      open = mark;
      kept.push(mark === null ? lowerHeading(line) : line);
    } else {
      const closes = mark !== null && mark.startsWith(open) && line.trim() === mark;
      if (closes) open = null;
      kept.push(line.replace(NO_HEADING, ' '));
    }
  }
  if (open !== null) kept.push(open);
  return kept.join('\n');
}

/** The report's own headings have ranks 1 to 3; an underlined line would be a heading too. */
function lowerHeading(line: string): string {
  if (/^\s*(?:=+|-+)\s*$/.test(line)) return '';
  return line.replace(/^((?:\s|>|[-*+]\s)*)#{1,6}\s+(.*)$/, '$1**$2**');
}

/** The same value with `stripControls` applied to every string in it, keys included; to be parsed again. */
export function stripControlsDeep(value: unknown): unknown {
  if (typeof value === 'string') return stripControls(value);
  if (Array.isArray(value)) return value.map(stripControlsDeep);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [stripControls(key), stripControlsDeep(item)]),
  );
}
