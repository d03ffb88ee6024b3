/** What of a text a terminal, a browser, a Markdown viewer or a model's host would obey. Each answer names its proof. */

const UNSEEN = /[^\P{Cc}\n\t]|\p{Cf}|\p{Default_Ignorable_Code_Point}|\p{Surrogate}/u;
const HTML = /<(?=[\p{L}/!?])[^\n]{0,20}/u;

const told = (name: string, text: string, sign: RegExp): string[] => {
  const found = sign.exec(text);
  return found === null ? [] : [`${name}: ${JSON.stringify(found[0])}`];
};

/** In text that stands anywhere: on a terminal, in JSON once it is parsed, in an answer over MCP. */
export const aliveInText = (text: string): string[] => [
  ...told('unseen', text, UNSEEN),
  ...told('html', text, HTML),
];

/** In JSON as it is written. */
export const aliveInJson = (json: string): string[] => aliveInText(json);

/** The same of every string in a value. */
export function aliveWithin(value: unknown, except: ReadonlySet<string> = new Set()): string[] {
  if (typeof value === 'string') return aliveInText(value);
  if (Array.isArray(value)) return value.flatMap((item) => aliveWithin(item, except));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) =>
    except.has(key) ? [] : [...aliveInText(key), ...aliveWithin(item, except)],
  );
}

/** In Markdown, read as CommonMark and GitHub read it. */
export function aliveInMarkdown(markdown: string): string[] {
  const { outside, languages, isOpen } = withoutBlocks(markdown);
  const spoken = outside.replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, ' ');
  return [
    ...aliveInText(markdown),
    ...languages.filter((language) => !PLAIN.has(language)).map((language) => `drawn block: ${language}`),
    ...(isOpen ? ['a block is left open'] : []),
    ...told('image', spoken, /!\[/),
    ...told('link', spoken, /\]\(|\]\[|^ {0,3}\[[^\]\n]*\]:/m),
    ...told('address', spoken, /\b(?:https?|ftp|file|wss?):\/\/|\bwww\.(?=\w)|\bmailto:(?=\w)/i),
    ...told('script link', spoken, /\b(?:javascript|vbscript)\s*:/i),
    ...told('data link', spoken, /\bdata:(?:[a-z]+\/|;base64)/i),
  ];
}

const PLAIN = new Set(['', 'text', 'bash', 'sh', 'shell', 'console', 'powershell', 'json', 'kusto']);

/** The headings of Markdown, wherever a viewer sees one; with the underlined ones. */
export function headingsOf(markdown: string): string[] {
  const { outside } = withoutBlocks(markdown);
  const atx = [...outside.matchAll(/^(?:[ >]|[-*+] |\d+[.)] )*(#{1,6}(?:[ \t].*)?)$/gm)].map(
    ([, text]) => text ?? '',
  );
  const underlined = [...outside.matchAll(/^(.*\S.*)\n {0,3}(?:=+|-+)[ \t]*$/gm)].map(
    ([, text]) => text ?? '',
  );
  return [...atx, ...underlined.filter((text) => !text.startsWith('|'))];
}

function withoutBlocks(markdown: string): { outside: string; languages: string[]; isOpen: boolean } {
  const kept: string[] = [];
  const languages: string[] = [];
  let open: string | null = null;
  for (const line of markdown.split('\n')) {
    const [, mark = '', info = ''] =
      /^(?: {0,3}|(?:[ >]|[-*+] |\d+[.)] )*)(`{3,}(?=[^`]*$)|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (open !== null) {
      const end = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1] ?? '';
      if (end.startsWith(open)) open = null;
    } else if (mark !== '') {
      open = mark;
      languages.push(info.trim());
    } else kept.push(line);
  }
  return { outside: kept.join('\n'), languages, isOpen: open !== null };
}
