import { canonicalAddress } from './addresses.ts';
import type { Claim } from './claim.ts';
import { clauseAt } from './clauses.ts';
import { isDisplayFilter, isShell } from './code-spans.ts';
import { withDigits } from './numerals.ts';
import { readNumbers } from './read-numbers.ts';

export interface Reading {
  claims: Claim[];
  /** The sentence without what was read: for what words alone say. */
  words: string;
  /** Digits or letters of a script in which nothing can be looked up. */
  unreadable: string | null;
}

/** Everything in a sentence that can be looked up. Pure text: nothing is known here about the capture. */
export function readClaims(sentence: string): Reading {
  const text = normal(sentence);
  const state: State = { text: withDigits(text), claims: [] };
  READERS.forEach((read) => read(state));
  state.claims.push(...readNumbers(state.text));
  return { claims: state.claims, words: state.text.replace(/¤+/g, ' '), unreadable: unreadableIn(text) };
}

/** Compatibility forms, thin spaces in numbers, and dashes in one spelling. */
function normal(sentence: string): string {
  return sentence
    .replace(/(?<=\d)[\u00a0\u2009\u202f'’_](?=\d{3}(?!\d))/g, '')
    .replace(/[\u2066-\u2069\u200b-\u200f\u00ad]/g, '')
    .normalize('NFKC')
    .replace(/[‐‑‒–—−]/g, '-')
    .replace(/[“”„]/g, '"')
    .replace(/[‘’]/g, "'");
}

function unreadableIn(text: string): string | null {
  if (/(?![0-9])\p{Nd}/u.test(text)) return 'It has digits of another script.';
  if (
    /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}]\p{Script=Latin}/u.test(text)
  ) {
    return 'It mixes letters of several scripts in one word.';
  }
  return null;
}

interface State {
  text: string;
  claims: Claim[];
}

/** Reads every match and takes it out of the text, so that no later reader sees it as something else. */
function take(
  state: State,
  pattern: RegExp,
  read: (match: RegExpExecArray, clause: number) => Claim[] | null,
): void {
  const found = [...state.text.matchAll(pattern)];
  for (const match of found) {
    const clause = clauseAt(state.text, match.index);
    const claims = read(match, clause);
    if (claims === null) continue;
    state.claims.push(...claims);
    const end = match.index + match[0].length;
    state.text = `${state.text.slice(0, match.index)}${'¤'.repeat(match[0].length)}${state.text.slice(end)}`;
  }
}

const READERS: readonly ((state: State) => void)[] = [
  readCode,
  (state) => take(state, /"([^"]{2,300})"/g, ([text, value = '']) => quoteOf(state, text, value)),
  readTerms,
  readAddresses,
  readTimes,
  readNames,
  readIds,
  readFrames,
  readPorts,
];

/** What stands in quotation marks is read as words too: it may hold more than one claim. */
function quoteOf(state: State, text: string, value: string): null {
  if (/\d/.test(value) || value.trim().split(/\s+/).length > 2)
    state.claims.push({ sort: 'quote', text, value });
  return null;
}

/** Code spans: a filter is a claim of its own; of a command what it names is read; anything else is a quotation. */
function readCode(state: State): void {
  state.text = state.text.replace(/(`+|~~~+\w*)([^`]+?)\1/g, (whole, _ticks: string, inside: string) => {
    const code = inside.trim();
    if (isPlain(code)) return ` ${code} `;
    if (isDisplayFilter(code)) {
      state.claims.push({ sort: 'filter', text: whole, value: code });
      return '¤'.repeat(whole.length);
    }
    if (isShell(code)) state.claims.push(...shellPorts(code));
    if (isShell(code)) return ` ${code.replace(/(?<![\w.:/-])\d+(?![\w.:/-])/g, '¤')} `;
    state.claims.push({ sort: 'quote', text: whole, value: code });
    return ` ${code} `;
  });
}

/** Ports as options of commands name them; the other numbers of a command are settings. */
const shellPorts = (code: string): Claim[] =>
  [...code.matchAll(/(?:ports?(?:-ranges?)?|dport|sport)[ =](\d{1,5})\b/g)].map(([text, value]) => ({
    sort: 'port',
    text,
    value: Number(value),
    address: null,
    clause: 0,
  }));

const isPlain = (code: string): boolean =>
  canonicalAddress(code) !== null ||
  (/^(?:[FC]?\d[\d.,]*|[\w-]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+|(?:tcp|udp)\/\d+|\d+\/(?:tcp|udp)|[\d.]+:\d+)$/i.test(
    code,
  ) &&
    !/^[a-z]+\.[a-z_.]+$/.test(code));

const TERMS = [
  /\bCVE-\d{4}-\d{3,7}\b/gi,
  /\bT1\d{3}(?:\.\d{3})?\b/g,
  /\b(?:TLS|SSL|SMB|SNMP|SSH|NTLM|IKE|HTTP)[ /]?v?\d(?:\.\d)?\b/gi,
];
const termOf = (text: string): string =>
  /^(?:CVE|T1)/i.test(text) ? text.toLowerCase() : text.toLowerCase().replace(/[ /]?v?(?=\d)/, ' ');
/** Names that have digits in them and state nothing. */
const HARMLESS =
  /\b(?:RFC ?\d{3,5}|IEEE ?802(?:\.\w+)*|802\.\w+|(?:SHA|AES|MD|UTF|WPA|ISO|X|RC|CRC|Base)-?\d+(?:-\w+)?|IPv[46]|Layer ?[2-7]|L[2-7]|x64|x86|[A-Z]?\d+(?:st|nd|rd|th))\b/g;

function readTerms(state: State): void {
  for (const pattern of TERMS) {
    take(state, pattern, ([text]) => [{ sort: 'term', text, value: termOf(text) }]);
  }
  take(state, HARMLESS, () => []);
}

const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const ADDRESS = new RegExp(
  String.raw`(?<![\w.:-])(?:((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})|\[?((?:[0-9a-f]{0,4}:){2,7}(?:${IPV4}|[0-9a-f]{0,4}))(?:%\w+)?(?:\]:(\d{1,5})|\])?|(${IPV4})(?:(\/\d{1,2})|:(\d{1,5}))?)(?!\w|[.:]\w)`,
  'gi',
);

function readAddresses(state: State): void {
  take(state, ADDRESS, (match, clause) => {
    const [text, mac, ipv6, port6, ipv4, bits, port4] = match;
    const value = canonicalAddress(mac ?? ipv6 ?? ipv4 ?? '');
    if (value === null) return ipv4 === undefined ? null : [{ sort: 'address', text, value: ipv4, clause }];
    if (bits !== undefined) return [{ sort: 'network', text, value: `${value}${bits}` }];
    const port = port4 ?? port6;
    const address: Claim = { sort: 'address', text, value, clause };
    return port === undefined
      ? [address]
      : [address, { sort: 'port', text, value: Number(port), address: value, clause }];
  });
}

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const DATE_WORDS = new RegExp(
  String.raw`\b(?:(\d{1,2}) (${MONTHS})[a-z]*\.?,? (\d{4})|(${MONTHS})[a-z]*\.? (\d{1,2}),? (\d{4}))\b`,
  'gi',
);

function readTimes(state: State): void {
  take(
    state,
    /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?/g,
    timeClaim,
  );
  take(state, DATE_WORDS, ([text, day1, month1, year1, month2, day2, year2]) => {
    const month =
      MONTHS.split('|').findIndex((name) =>
        (month1 ?? month2 ?? '').toLowerCase().startsWith(name.toLowerCase()),
      ) + 1;
    const day = day1 ?? day2 ?? '';
    const value = `${year1 ?? year2 ?? ''}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`;
    return [{ sort: 'time', text, value }];
  });
  take(
    state,
    /(?<![\w:.])\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[ap]\.?m\.?))?(?![\w:])/gi,
    timeClaim,
  );
  take(state, /\b(?<=\bin |since )(?:19|20)\d\d\b/g, timeClaim);
}

const timeClaim = ([text]: RegExpExecArray): Claim[] => [
  { sort: 'time', text, value: text.replace(/ ?(?:Z|UTC)$/i, '').replace(' ', 'T') },
];

const NAME =
  /(?<![\w.@/-])(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+(?:[a-z][a-z0-9-]*[a-z0-9]|[a-z]{2,})\.?(?![\w-])/gi;
/** NetBIOS names and the like: capitals with a hyphen or digits in them. */
const HOST = /\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z]{3})[A-Z][A-Z0-9]*-[A-Z0-9-]*[A-Z0-9]\b/g;

function readNames(state: State): void {
  take(state, NAME, ([text]) => {
    const value = text.toLowerCase().replace(/\.$/, '');
    return /^(?:e\.g|i\.e|a\.k\.a)$/.test(value) || SETTING.test(value)
      ? []
      : [{ sort: 'name', text, value }];
  });
  take(state, HOST, ([text]) => [{ sort: 'name', text, value: text.toLowerCase() }]);
}

/** Fields of display filters, kernel settings and files of configuration: no hosts. */
const SETTING =
  /^(?:net\.|kernel\.|vm\.|fs\.|(?:tcp|udp|ip|ipv6|dns|tls|http|icmp|icmpv6|arp|frame|eth|smb2?|kerberos|ldap|sip|rtp|wlan|dhcp|ssh|ftp|quic|modbus|ntlmssp)\.[a-z_.]+$)|\.(?:conf|cfg|log|sh|txt|json|ya?ml|pcap|pcapng|cap|md|service)$/;

function readIds(state: State): void {
  take(state, /\bF(\d{1,4})(?: ?- ?F?(\d{1,4}))?\b/g, ([text, from = '', to]) => {
    const last = Math.min(Number(to ?? from), Number(from) + 200);
    const ids = Array.from(
      { length: Math.max(last - Number(from) + 1, 1) },
      (_, index) => Number(from) + index,
    );
    return ids.map((id) => ({ sort: 'finding', text, id: `F${id}` }));
  });
  // C2 also means command and control: an id of a command stands in brackets, or behind the word.
  take(
    state,
    /[([](?:[^()[\]]*?[ ,;¤])?C\d{1,4}\b[^()[\]]*?[)\]]|\bcommands? C\d{1,4}\b(?:(?:,| and) C\d{1,4}\b)*/gi,
    ([text]) => {
      const ids = [...text.matchAll(/\bC(\d{1,4})\b/g)].map(([id]) => id);
      state.claims.push(...ids.map((id) => ({ sort: 'command' as const, text: id, id })));
      return null;
    },
  );
  state.text = state.text.replace(
    /(?<=[([][^()]*?)\bC\d{1,4}\b(?=[^()]*?[)\]])|(?<=\bcommands? )C\d{1,4}\b/gi,
    (id) => '¤'.repeat(id.length),
  );
}

const LIST = String.raw`#?\d+(?!\.\d|[\d,]*\d{3}\b(?<=,\d{3})|\w)(?:(?:,? (?:and|or|to|through) |, ?| ?- ?| ?\/ ?|,? & )#?\d+(?![.,]?\d|\w| ?%| ?(?:ms|s|bytes|KiB|MiB|packets|seconds)\b))*`;
const FRAMES = new RegExp(
  String.raw`\b(?:frames?|packets?|pkts?)(?: (?:numbers?|nos?\.?)|\s?#| from| between)? ?:? ?(${LIST})|(?<![\w&])#(\d+)\b`,
  'gi',
);
const PORTS = new RegExp(String.raw`\b(?:(?:tcp|udp|sctp) )?ports? ?(?:numbers? )?:? ?(${LIST})`, 'gi');

function readFrames(state: State): void {
  take(state, FRAMES, ([text, list = '', single]) =>
    rangesOf(single ?? list).map(([from, to]) => ({ sort: 'frame', text, from, to })),
  );
}

const portClaim = (text: string, value: number, clause: number): Claim => ({
  sort: 'port',
  text,
  value,
  address: null,
  clause,
});

function readPorts(state: State): void {
  take(state, PORTS, ([text, list = ''], clause) =>
    rangesOf(list)
      .flatMap(([from, to]) => (from === to ? [from] : [from, to]))
      .map((value) => portClaim(text, value, clause)),
  );
  take(
    state,
    /\b(?:tcp|udp|sctp)[/: -](\d{1,5})\b(?!\.\d)|\b(\d{1,5})\/(?:tcp|udp|sctp)\b|(?<=[\s(¤]):(\d{2,5})\b(?!:)/gi,
    ([text, a, b, c], clause) => [portClaim(text, Number(a ?? b ?? c), clause)],
  );
}

/** "11, 13-15 and 20" as pairs of first and last. */
function rangesOf(list: string): [number, number][] {
  return [...list.matchAll(/(\d+)(?: ?(?:-|to|through) ?#?(\d+))?/gi)].map(([, from, to]) => [
    Number(from),
    Number(to ?? from),
  ]);
}
