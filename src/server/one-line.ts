/** Control, format and line-separator characters: with them a name could forge a line of ours or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/** Where HTML would begin, should a client show text as a page. */
const TAG = /<(?=[\p{L}/!?&])/gu;

/** `text` on one line and at most `limit` characters long, whoever wrote it, with nothing in it that a viewer runs. */
export function oneLine(text: string, limit: number): string {
  const line = text.toWellFormed().replace(UNPRINTABLE, ' ').replace(TAG, '‹').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}
