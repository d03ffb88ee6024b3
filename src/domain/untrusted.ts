/*
 * Whatever a packet, tshark, a script or a model wrote passes through this file before it reaches a terminal,
 * a Markdown viewer or a model. Every function is pure and safe to apply twice.
 */

const ESC = '\u001b';
const BELL = '\u0007';
const CSI = '\u009b';
const ST = '\u009c';

/** One that is never closed ends with its line: what others wrote below it must not go with it. */
const STRING_SEQUENCE = new RegExp(
  `${ESC}[\\]PX^_][^\\r\\n${BELL}${ESC}${ST}]*(?:${BELL}|${ESC}\\\\|${ST})?`,
  'g',
);
const CONTROL_SEQUENCE = new RegExp(`(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]?`, 'g');
const SHORT_SEQUENCE = new RegExp(`${ESC}[ -/]*[0-~]?`, 'g');

/** Characters that show nothing and change how their neighbours are read: bidi, zero-width, fillers, tags. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** The text without characters that nobody sees. */
export const stripInvisible = (text: string): string => text.replace(INVISIBLE, '');

/** Leaves printable text, newlines and tabs: no terminal escapes, control, bidi, zero-width or tag characters. */
export function stripControls(text: string): string {
  return text
    .toWellFormed()
    .replace(STRING_SEQUENCE, '')
    .replace(CONTROL_SEQUENCE, '')
    .replace(SHORT_SEQUENCE, '')
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '')
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
  const inside = disarmRoles(bound(stripControls(text), maxChars).replaceAll(nonce, '[removed]'));
  return `<untrusted id="${nonce}" label="${label}">\n${inside}\n</untrusted id="${nonce}">`;
}

const ROLES =
  '(?:untrusted|system|assistant|user|human|developer|tool|function|model|instructions?|prompt|think(?:ing)?|reasoning|antml|start_of_turn|end_of_turn|bos|eos|s)';
const ROLE_TAG = new RegExp(`<(?=\\s*\\/?\\s*${ROLES}(?![\\p{L}\\d]))`, 'giu');
const ROLE_LINE = /^(?=[\s>#*_]*(?:system|assistant|user|human|developer|tool)\b[\s*_]*:)/gim;

/**
 * Takes out what chat templates and models read as the end of a message or the voice of somebody else: some servers of
 * open models turn such marks into control tokens even where they stand within a text.
 */
function disarmRoles(text: string): string {
  return text
    .replace(ROLE_TAG, '&lt;')
    .replace(/<(?=[|｜])/g, '&lt;')
    .replace(/<<(?=\/?SYS>>)/g, '&lt;&lt;')
    .replace(/\[(?=\/?INST\])/g, '[ ')
    .replace(ROLE_LINE, '| ');
}

/** Takes the life out of HTML and of script and data links; a comparison such as `a < 5` stays readable. */
export function disarmHtml(text: string): string {
  return text
    .replace(/<+(?=[\p{L}/!?&])/gu, (signs) => '&lt;'.repeat(signs.length))
    .replace(/\bon[a-z]+\s*=(?!=)/gi, '[event handler removed]')
    .replace(/\b(?:javascript|vbscript|livescript)\s*:/gi, '[script link removed]')
    .replace(/\bdata\s*:\s*(?:[a-z]+\/[a-z0-9.+-]+|;\s*base64\b)/gi, '[data link removed]');
}

/** Makes links and images plain words: nothing loads, nothing can be clicked. */
function disarmLinks(text: string): string {
  return text
    .replace(/!+\[/g, '[')
    .replace(/\](?=[([])/g, '] ')
    .replace(/\]:/g, '] :')
    .replace(/\bhttp(s?):\/\//gi, 'hxxp$1://')
    .replace(/\b(?!hxxps?:)([a-z][a-z0-9+.-]{1,20}):(?=\/\/)/gi, '$1[:]')
    .replace(/\b(mailto|xmpp|tel|sms|file):(?=\S)/gi, '$1[:]')
    .replace(/\bwww\.(?=\S)/gi, 'www[.]');
}

/** One line of untrusted text inside our own Markdown; it can't begin a heading, a quotation or a code block. */
export function inlineText(text: string, max = 300): string {
  const line = bound(stripControls(text).replace(/\s+/g, ' ').trim(), max);
  return disarmLinks(disarmHtml(line)).replaceAll('`', "'").replace(/~{3,}/g, '~~').replace(NO_BLOCK, '');
}

/** Headings and quotations, also within the items of a list. */
const NO_BLOCK = /^(?:#+(?:\s|$)|>|\s|(?:[-*+]|\d{1,9}[.)])\s(?=[-*+>#\s\d]))+/;

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
 * headings of its own rank, and code blocks that are only text: none stays open, and no viewer draws one as a picture.
 */
export function prose(markdown: string, max: number): string {
  const kept: string[] = [];
  let open: { mark: string; language: string; lines: string[] } | null = null;
  const close = ({ language, lines }: { language: string; lines: string[] }) =>
    kept.push(codeBlock(lines.join('\n'), max, language));
  for (const line of bound(stripControls(markdown).trim(), max).split('\n')) {
    const [, mark = '', info = ''] = FENCE.exec(line) ?? [];
    if (open === null) {
      if (mark === '') kept.push(lowerHeading(disarmLinks(disarmHtml(line))));
      else open = { mark, language: LANGUAGES.has(info) ? info : 'text', lines: [] };
    } else if (mark.startsWith(open.mark) && line.trim().endsWith(mark)) {
      close(open);
      open = null;
    } else open.lines.push(disarmLinks(line));
  }
  if (open !== null) close(open);
  const text = kept.join('\n').trim();
  // Behind words of ours, on their line, the block would not begin, and its end would begin another.
  return text.startsWith('```') ? `\n${text}` : text;
}

/** Wherever a viewer might see a code block begin: in a list, in a quotation, or indented. */
const FENCE = /^(?:\s|>|[-*+]\s|\d{1,9}[.)]\s)*(`{3,}|~{3,})\s*([\w+-]*)/;

/** Those that viewers colour at most; some of the others they draw or run. */
const LANGUAGES = new Set(['bash', 'sh', 'shell', 'console', 'powershell', 'json', 'kusto', 'text']);

/** The report's own headings have ranks 1 to 3; an underlined line would be a heading too. */
function lowerHeading(line: string): string {
  if (/^(?:\s|>)*(?:=+|-+)\s*$/.test(line)) return '';
  return line.replace(/^((?:\s|>|[-*+]\s|\d{1,9}[.)]\s)*)#{1,6}(?:\s+(.*))?$/, '$1**$2**');
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
