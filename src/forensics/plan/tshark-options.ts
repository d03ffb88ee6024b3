import type { Resolved } from './resolve.ts';

/** One option of tshark, short or long, or an argument on its own (`name` is empty). */
export interface Option {
  name: string;
  /** undefined where the option takes none, null where only a run could tell. */
  value: Resolved | undefined;
}

/** Short options that take a value, in every version. */
const WITH_VALUE = 'CKRYdeEFHJNOSTUWXabcfijorstuwyzMBG';
const LONG_WITH_VALUE = new Set([
  '--export-objects',
  '--export-tls-session-keys',
  '--enable-protocol',
  '--disable-protocol',
  '--only-protocols',
  '--enable-heuristic',
  '--disable-heuristic',
  '--read-file',
  '--read-filter',
  '--display-filter',
  '--interface',
  '--hexdump',
  '--compress',
  '--temp-dir',
]);
const SHORT_FOR: Record<string, string> = {
  '--read-file': '-r',
  '--read-filter': '-R',
  '--display-filter': '-Y',
  '--interface': '-i',
};

/** The options of a command line, taken apart as tshark does it. */
export function optionsOf(words: readonly Resolved[]): Option[] {
  const options: Option[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? null;
    if (word === null || !/^-./.test(word)) {
      options.push({ name: '', value: word });
      continue;
    }
    const next = () => {
      at += 1;
      return at < words.length ? (words[at] ?? null) : undefined;
    };
    options.push(...(word.startsWith('--') ? [long(word, next)] : short(word, next)));
  }
  return options;
}

type Next = () => Resolved | undefined;

function long(word: string, next: Next): Option {
  const [name = '', ...value] = word.split('=');
  const known = SHORT_FOR[name] ?? name;
  if (value.length > 0) return { name: known, value: value.join('=') };
  return { name: known, value: LONG_WITH_VALUE.has(name) ? next() : undefined };
}

/** `-nr FILE` is two options, `-Yip` one with its value. */
function short(word: string, next: Next): Option[] {
  const options: Option[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = `-${word[at]}`;
    if (!WITH_VALUE.includes(word[at] ?? '')) options.push({ name, value: undefined });
    else {
      options.push({ name, value: at + 1 < word.length ? word.slice(at + 1) : next() });
      break;
    }
  }
  return options;
}
