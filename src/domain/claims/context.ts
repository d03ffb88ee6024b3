import type { StruckSentence } from '../verification.ts';
import type { Claim } from './claim.ts';
import { conceptsIn } from './concepts.ts';
import type { Evidence, FindingEvidence, Text } from './evidence.ts';
import { readClaims } from './read-claims.ts';

/** A sentence with all that it may rest on. */
export interface Context {
  evidence: Evidence;
  section: StruckSentence['section'];
  text: string;
  lower: string;
  claims: readonly Claim[];
  words: string;
  unreadable: string | null;
  concepts: ReadonlySet<string>;
  addresses: ReadonlySet<string>;
  /** Findings that it cites, itself or with the remark that it stands in. */
  cited: readonly FindingEvidence[];
  /** The same, or where it cites none, those that it can only be about. */
  scope: readonly FindingEvidence[];
  /** What the commands that it cites printed. */
  lines: readonly Text[];
  hedged: boolean;
  negative: boolean;
}

export interface Citation {
  findingIds: readonly string[];
  commandIds: readonly string[];
}

/** Puts a sentence beside its evidence; `outer` is what the remark around it cites. */
export function contextOf(
  text: string,
  section: StruckSentence['section'],
  outer: Citation,
  evidence: Evidence,
): Context {
  const { claims, words, unreadable } = readClaims(text);
  const inner = citationIn(claims);
  const addresses = new Set(claims.flatMap((claim) => (claim.sort === 'address' ? [claim.value] : [])));
  const cited = [...new Set([...inner.findingIds, ...outer.findingIds])]
    .map((id) => evidence.findings.get(id))
    .filter((finding) => finding !== undefined);
  return {
    evidence,
    section,
    text,
    lower: text.toLowerCase(),
    claims,
    words,
    unreadable,
    concepts: conceptsIn(words),
    addresses,
    cited,
    scope: cited.length > 0 ? cited : about(addresses, evidence),
    lines: [...new Set([...inner.commandIds, ...outer.commandIds])].flatMap(
      (id) => evidence.outputs.get(id) ?? [],
    ),
    hedged: HEDGE.test(words),
    negative: NEGATIVE.test(words),
  };
}

/** Ids of findings and commands that a sentence cites itself. */
export const citationIn = (claims: readonly Claim[]): Citation => ({
  findingIds: claims.flatMap((claim) => (claim.sort === 'finding' ? [claim.id] : [])),
  commandIds: claims.flatMap((claim) => (claim.sort === 'command' ? [claim.id] : [])),
});

/** Findings that have every address that the sentence names. */
function about(addresses: ReadonlySet<string>, { findings }: Evidence): FindingEvidence[] {
  if (addresses.size === 0) return [];
  return [...findings.values()].filter((finding) =>
    [...addresses].every((one) => finding.addresses.has(one)),
  );
}

/** Words that make a possibility of a statement. */
export const HEDGE =
  /\b(?:may|might|could|possibl[ey]|possibility|perhaps|likely|likel(?:ier|iest)|probabl[ey]|presumably|suggest\w*|appears? to|seems?|suspect\w*|consistent with|plausibl[ey]|candidate|hypothes\w+|if|whether|would|cannot be (?:ruled out|excluded|told)|can't be (?:ruled out|told)|unclear|unknown)\b/i;

export const NEGATIVE =
  /\b(?:no|not|never|none|neither|nor|without|nothing|nobody|absent|absence|cannot|can't|lacks?|lacking|free of|zero|ruled out|rule out|isn't|wasn't|weren't|aren't|didn't|doesn't)\b/i;

/** Whether what stands at this place of the words is denied: by a word before it in its clause, or by "was not seen" behind it. */
export function isDenied(words: string, at: number, length: number): boolean {
  const before =
    words
      .slice(0, at)
      .split(/[;,:()]|\bbut\b|\band\b(?! no)/i)
      .at(-1) ?? '';
  const after = words.slice(at + length).split(/[;,:()]|\bbut\b/i)[0] ?? '';
  return (
    /\b(?:no|not|never|none of|neither|nor|without|absence of|lack of|free of|zero|rules? out|ruled out|isn't|wasn't|weren't|aren't|didn't|0)\b[^.]{0,60}$/i.test(
      before,
    ) ||
    /^[^.]{0,30}\b(?:(?:was|were|is|are|has|have|had) (?:been )?(?:not|never|absent|ruled out|excluded)|(?:wasn't|weren't|isn't|aren't)|did not|does not|do not|not (?:seen|found|observed|detected|present))\b/i.test(
      after,
    )
  );
}
