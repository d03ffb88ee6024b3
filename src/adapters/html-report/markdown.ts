/** A part of a report. Lists hold what stands under each of their items. */
export type Block =
  | { kind: 'heading'; rank: number; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'list'; ordered: boolean; items: Block[][] }
  | { kind: 'table'; head: string[]; rows: string[][] };

const MAX_LINES = 60_000;
const MAX_DEPTH = 4;

const FENCE = /^(`{3,}|~{3,})/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const ROW = /^\|.*\|$/;

/**
 * The Markdown that reports are written in: headings, paragraphs, lists, tables and fenced code. All else, HTML first,
 * is the text of a paragraph. It reads every line once, whatever stands in it.
 */
export function parseMarkdown(text: string): Block[] {
  return parseLines(text.split('\n').slice(0, MAX_LINES), 0);
}

function parseLines(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const read = readBlock(lines, at, depth);
    if (read.block !== null) blocks.push(read.block);
    at = Math.max(read.next, at + 1);
  }
  return blocks;
}

interface Read {
  block: Block | null;
  /** The line behind it. */
  next: number;
}

function readBlock(lines: readonly string[], at: number, depth: number): Read {
  const line = (lines[at] ?? '').trimEnd();
  if (line.trim() === '') return { block: null, next: at + 1 };
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) return readCode(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading !== null)
    return {
      block: { kind: 'heading', rank: heading[1]?.length ?? 1, text: heading[2] ?? '' },
      next: at + 1,
    };
  if (ROW.test(line)) return readTable(lines, at);
  if (ITEM.test(line) && depth < MAX_DEPTH) return readList(lines, at, depth);
  return readParagraph(lines, at);
}

function readCode(lines: readonly string[], at: number, fence: string): Read {
  const end = lines.findIndex((line, index) => index > at && isClosing(line.trim(), fence));
  const next = end < 0 ? lines.length : end;
  return { block: { kind: 'code', text: lines.slice(at + 1, next).join('\n') }, next: next + 1 };
}

const isClosing = (line: string, fence: string): boolean =>
  line.length >= fence.length && line.startsWith(fence) && line.replaceAll(fence.charAt(0), '') === '';

function readTable(lines: readonly string[], at: number): Read {
  let next = at;
  while (ROW.test((lines[next] ?? '').trimEnd())) next += 1;
  const [head = [], rule, ...rows] = lines.slice(at, next).map(cells);
  const isTable = rule?.every((cell) => /^:?-+:?$/.test(cell)) === true;
  return isTable ? { block: { kind: 'table', head, rows }, next } : readParagraph(lines, at);
}

/** A pipe in a cell is written with a backslash before it. */
const cells = (line: string): string[] =>
  line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll(String.raw`\|`, '|').trim());

function readList(lines: readonly string[], at: number, depth: number): Read {
  const ordered = /^\d/.test(lines[at] ?? '');
  const items: string[][] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    const item = ITEM.exec(line);
    const isBlank = line.trim() === '';
    if (item !== null && /^\d/.test(line) === ordered) items.push([item[3] ?? '']);
    else if (isBlank ? !isContinued(lines[next + 1]) : !/^\s/.test(line)) break;
    else items.at(-1)?.push(line.replace(/^\s{1,4}/, ''));
  }
  const parsed = items.map((item) => parseLines(item, depth + 1));
  return { block: { kind: 'list', ordered, items: parsed }, next };
}

const isContinued = (line: string | undefined): boolean => line !== undefined && /^\s+\S/.test(line);

function readParagraph(lines: readonly string[], at: number): Read {
  let next = at + 1;
  while (next < lines.length && !beginsSomething(lines[next] ?? '')) next += 1;
  return { block: { kind: 'paragraph', text: lines.slice(at, next).join('\n') }, next };
}

const beginsSomething = (line: string): boolean =>
  line.trim() === '' || FENCE.test(line) || HEADING.test(line) || ITEM.test(line) || ROW.test(line.trimEnd());
