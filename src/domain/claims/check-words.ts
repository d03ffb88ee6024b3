import { isNotable, SEVERITIES, type Severity } from '../finding.ts';
import { type Context, isDenied } from './context.ts';
import { isAdvice } from './check-places.ts';
import { roleFaults } from './check-roles.ts';
import { faultRoles } from './fault-roles.ts';
import { ALL_CLEAR, ATTACK, CAUSAL, CAUSES, isAttack, KIND_WORDS, PROTOCOLS, STATES } from './lexicon.ts';

/** What words alone claim, without a number or a name; `fault` is null where it is borne out. */
export interface WordClaim {
  fault: string | null;
}

/** Severities, kinds of findings, protocols, negatives, causes and all-clears of a sentence. */
export function wordClaims(context: Context): WordClaim[] {
  return [
    ...readable(context),
    ...severities(context),
    ...allClear(context),
    ...kinds(context),
    ...attacks(context),
    ...protocols(context),
    ...causes(context),
    ...[...roleFaults(context), ...faultRoles(context)].map((wrong) => ({ fault: wrong })),
  ];
}

const fault = (text: string): WordClaim => ({ fault: text });
const CONFIRMED: WordClaim = { fault: null };

const ENGLISH =
  /\b(?:the|of|to|and|is|are|was|were|with|from|by|for|not|this|that|it|its|has|have|had|be|been|which|on|at|as|or|all|any|each|both|into|than|then|after|before|between|only|but|if|there|their|these|no|see|check|use|run|add|allow|deny|open|verify|because|again|who|when|while|one|out|up|more|did|can|does|so|never|kept|about|over|its|they|them|what|where|how|after)\b/gi;

/** What cannot be read cannot be checked: other scripts, and prose in another language than the rules below know. */
function readable({ unreadable, words }: Context): WordClaim[] {
  if (unreadable !== null) return [fault(`${unreadable} Write it in plain English.`)];
  const letters = words.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  const plain = words.match(/\p{L}{2,}/gu) ?? [];
  const isEnglish = plain.length < 6 || (words.match(ENGLISH)?.length ?? 0) >= plain.length / 12;
  return foreign > 2 || !isEnglish ? [fault('Only English prose can be checked. Write it in English.')] : [];
}

const SEVERITY_WORDS: readonly (readonly [RegExp, Severity])[] = [
  [/\bcritical\b|\bcatastroph\w+|\bemergenc\w+|\bdevastating\b|\bgrave(?:st)?\b/i, 'critical'],
  [
    /\bhigh(?:est)?[- ](?:severity|risk|priority|impact|urgency)\b|\bseverity (?:is |of |: ?)?high\b|[([]high\b|\bsevere\b|\bserious\b|\brated high\b/i,
    'high',
  ],
  [
    /\b(?:medium|moderate)[- ](?:severity|risk|priority|impact)\b|\bseverity (?:is |of |: ?)?medium\b|[([]medium\b|\brated medium\b/i,
    'medium',
  ],
  [
    /\blow[- ](?:severity|risk|priority|impact)\b|\bseverity (?:is |of |: ?)?low\b|[([]low\b|\brated low\b/i,
    'low',
  ],
];

/** A severity in prose is that of a finding that the sentence is about: never more, and no playing down. */
function severities(context: Context): WordClaim[] {
  const { text, scope, cited, evidence } = context;
  const about = scope.length > 0 ? scope : [...evidence.findings.values()];
  const measured = about.map(({ finding }) => SEVERITIES.indexOf(finding.severity));
  return SEVERITY_WORDS.flatMap(([pattern, severity]) => {
    const match = pattern.exec(text);
    if (match === null || isDenied(text, match.index, match[0].length)) return [];
    const said = SEVERITIES.indexOf(severity);
    if (said > Math.max(-1, ...measured))
      return [fault(`"${match[0]}" is a higher severity than any finding behind it has.`)];
    const low = cited.length > 0 && !measured.includes(said) && said < Math.min(...measured);
    return low ? [fault(`"${match[0]}" is a lower severity than the findings behind it have.`)] : [CONFIRMED];
  });
}

function allClear(context: Context): WordClaim[] {
  const match = ALL_CLEAR.exec(context.words);
  if (match === null || isDenied(context.words, match.index, 0)) return [];
  const about = context.cited.length > 0 ? context.cited : [...context.evidence.findings.values()];
  const worst = about.find(({ finding }) => isNotable(finding));
  if (worst === undefined) return [CONFIRMED];
  if (
    /\b(?:other|further|else|besides|apart from|except|beyond)\b/i.test(match[0]) &&
    context.cited.length > 0
  )
    return [CONFIRMED];
  return [fault(`"${match[0]}" contradicts ${worst.finding.id} (${worst.finding.severity}).`)];
}

/** Advice may speak of what it guards against or looks for. */
const GUARDED =
  /\b(?:against|prevent\w*|whether|if|check|confirm|rule out|look for|detect\w*|monitor\w*|signs? of|in case|ordered|unless|treat|assume|block|deny|limit|protect\w*|examine|investigate|isolate|known)\b/i;

function kinds(context: Context): WordClaim[] {
  const found: WordClaim[] = [];
  let rest = context.words;
  for (const [pattern, of] of KIND_WORDS) {
    rest = rest.replace(pattern, (word: string, ...more: unknown[]) => {
      const at = more.find((one): one is number => typeof one === 'number') ?? 0;
      if (!(isAdvice(context) && GUARDED.test(context.words))) found.push(kindClaim(context, word, of, at));
      return ' '.repeat(word.length);
    });
  }
  return found;
}

function kindClaim(context: Context, word: string, of: readonly string[], at: number): WordClaim {
  const { evidence, cited, hedged, words } = context;
  const all = [...evidence.findings.values()];
  const denied = isDenied(words, at, word.length);
  const shows = ({ finding }: { finding: { kind: string } }): boolean => of.includes(finding.kind);
  if (denied) return deniedKind(context, word, of, all.some(shows));
  const behind = cited.length > 0 ? cited : all;
  if (behind.some(shows)) return CONFIRMED;
  const stem = word.toLowerCase().slice(0, Math.max(4, word.length - 3));
  if (behind.some(({ said }) => said.lower.includes(stem))) return CONFIRMED;
  if (/retransm|zero/i.test(word) && saysFigures(context, word)) return CONFIRMED;
  if (hedged && behind.some(({ possible }) => possible.lower.includes(stem))) return CONFIRMED;
  return fault(`"${word}" is none of the findings${cited.length > 0 ? ' that it cites' : ''}.`);
}

/** A negative holds where somebody looked. */
function deniedKind({ evidence }: Context, word: string, of: readonly string[], found: boolean): WordClaim {
  if (found) return fault(`It denies "${word}", but a finding shows it.`);
  const { tcp, coverage } = evidence.facts;
  if (/retransm/i.test(word))
    return tcp.retransmissions === 0
      ? CONFIRMED
      : fault(`There were ${tcp.retransmissions} retransmissions.`);
  if (/zero/i.test(word))
    return tcp.zeroWindows === 0 ? CONFIRMED : fault(`There were ${tcp.zeroWindows} zero windows.`);
  const looked = (coverage?.groups ?? []).some(
    ({ state, notFound }) =>
      (state === 'looked' || state === 'limited') && of.some((kind) => notFound.includes(kind)),
  );
  return looked
    ? CONFIRMED
    : fault(`Nobody looked for "${word}" in this capture, so its absence is not known.`);
}

const saysFigures = ({ evidence }: Context, word: string): boolean =>
  /retransm/i.test(word) ? evidence.facts.tcp.retransmissions > 0 : evidence.facts.tcp.zeroWindows > 0;

function attacks(context: Context): WordClaim[] {
  const { words, cited, evidence, hedged } = context;
  if (isAdvice(context) && GUARDED.test(words)) return [];
  return [...words.matchAll(ATTACK)].map((match) => {
    const all = [...evidence.findings.values()];
    const isThere = (cited.length > 0 ? cited : all).some(({ finding }) => isAttack(finding.kind));
    if (isDenied(words, match.index, match[0].length)) {
      return all.some(({ finding }) => isAttack(finding.kind) && isNotable(finding))
        ? fault(`It denies "${match[0]}", but a finding shows one.`)
        : CONFIRMED;
    }
    const said = (cited.length > 0 ? cited : all).some(
      ({ said: text, possible }) =>
        text.lower.includes('attack') || (hedged && possible.lower.includes('attack')),
    );
    return isThere || said ? CONFIRMED : fault(`"${match[0]}" is more than the findings behind it show.`);
  });
}

function protocols(context: Context): WordClaim[] {
  if (isAdvice(context)) return [];
  const { words, evidence, lines, cited, scope } = context;
  return PROTOCOLS.flatMap(([pattern, tokens, ports]) =>
    [...words.matchAll(pattern)].map((match) => {
      const word = new RegExp(`(?<![a-z0-9])(?:${tokens.join('|')})(?![a-z])`);
      const isSeen =
        word.test(evidence.measured.lower) ||
        lines.some(({ lower }) => word.test(lower)) ||
        isCounted(tokens, context);
      const isPorts = [...cited, ...scope].some((finding) => ports.some((port) => finding.ports.has(port)));
      if (isDenied(words, match.index, match[0].length)) return CONFIRMED;
      if (isSeen || isPorts || word.test(evidence.question.lower)) return CONFIRMED;
      return fault(`${match[0]} was not seen in this capture.`);
    }),
  );
}

const isCounted = (tokens: readonly string[], { evidence: { facts } }: Context): boolean =>
  (tokens.includes('dns') && facts.dns.queries + facts.dns.responses > 0) ||
  (tokens.includes('tls') && facts.tls !== null) ||
  (tokens.includes('http') && facts.http !== null);

/** A cause that packets do not show is a possibility, and has to be called one. */
function causes(context: Context): WordClaim[] {
  const { words, scope, lines, hedged } = context;
  if (isAdvice(context)) return [];
  const isShown = (cause: string): boolean => {
    const stem = cause.toLowerCase().slice(0, Math.max(3, cause.length - 2));
    return [...scope.map(({ said }) => said), ...lines].some(({ lower }) => lower.includes(stem));
  };
  const behind = [...words.matchAll(CAUSAL)].flatMap(({ 0: word, index }) => {
    const clause = words.slice(index + word.length).split(/[;.]/)[0] ?? '';
    return (clause.match(CAUSES) ?? []).slice(0, 2);
  });
  const states = (words.match(STATES) ?? []).flatMap((state) => (isShown(state) ? [] : [state]));
  return [...behind.filter((cause) => !isShown(cause)), ...states].map((cause) =>
    hedged
      ? CONFIRMED
      : fault(`"${cause}" is a cause that packets do not show: call it possible, with what would tell.`),
  );
}
