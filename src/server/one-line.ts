/** Control, format and line-separator characters: with them a name could forge a line of ours or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** `text` on one line and at most `limit` characters long, whoever wrote it. */
export function oneLine(text: string, limit: number): string {
  const line = text.replace(UNPRINTABLE, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}
