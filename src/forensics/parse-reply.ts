import type { z } from 'zod';

const MAX_REPLY_CHARS = 400_000;
const MAX_CANDIDATES = 200;

/**
 * Finds the JSON object that a model was asked for: bare, fenced, after a preamble or after its reasoning. Of several
 * that fit the schema the last one counts. Prose gives null; nothing is ever guessed out of it.
 */
export function parseReply<T>(reply: string, schema: z.ZodType<T>): T | null {
  const text = withoutReasoning(reply.slice(0, MAX_REPLY_CHARS));
  let found: T | null = null;
  for (const candidate of objects(text)) {
    const parsed = schema.safeParse(candidate);
    if (parsed.success) found = parsed.data;
  }
  return found;
}

/** Reasoning may hold drafts. An answer inside reasoning that never ends is no answer. */
function withoutReasoning(text: string): string {
  const closed = text.replace(/<(think|thinking|reasoning)>[\s\S]*?<\/\1>/gi, ' ');
  const end = /<\/(?:think|thinking|reasoning)>/i.exec(closed);
  const answer = end === null ? closed : closed.slice(end.index + end[0].length);
  return answer.replace(/<(?:think|thinking|reasoning)>[\s\S]*$/i, ' ');
}

/** Every outermost JSON object in the text, in order. */
function* objects(text: string): Generator {
  let from = 0;
  for (let tries = 0; tries < MAX_CANDIDATES; tries += 1) {
    const start = text.indexOf('{', from);
    if (start < 0) return;
    const end = closingBrace(text, start);
    const value = end === null ? undefined : parse(text.slice(start, end + 1));
    if (value === undefined || end === null) {
      from = start + 1;
    } else {
      yield value;
      from = end + 1;
    }
  }
}

function parse(json: string): unknown {
  for (const text of [json, mended(json)]) {
    try {
      return JSON.parse(text);
    } catch {
      continue;
    }
  }
  return undefined;
}

const CONTROLS: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * The same JSON with its strings as they were meant: a script often comes with real line breaks in it, or with the shell's
 * own `\$` and `\.`, which JSON has no such escapes for. Nothing outside of strings changes.
 */
const mended = (json: string): string =>
  json.replaceAll(/"(?:\\[\s\S]|[^"\\])*"/g, (text) =>
    text
      .replaceAll(/\\(?:["\\/bfnrt]|u[\da-fA-F]{4})|\\/g, (escape) => (escape.length > 1 ? escape : '\\\\'))
      .replaceAll(/[\n\r\t]/g, (control) => CONTROLS[control] ?? ''),
  );

function closingBrace(text: string, start: number): number | null {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return null;
}
