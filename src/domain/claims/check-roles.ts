import { canonicalAddress } from './addresses.ts';
import type { Context } from './context.ts';
import { isAttack } from './lexicon.ts';

const ADDRESS = String.raw`(?<![\w:.])([0-9a-f:]{4,39}|\d{1,3}(?:\.\d{1,3}){3})(?![\w:])`;
const DID = String.raw`(?:scann?ed|scans|attack(?:ed|s)|prob(?:ed|es)|swept|sweeps|flood(?:ed|s)|target(?:ed|s)|spoof(?:ed|s)|brute-forced|exploit(?:ed|s))`;
const DEED = String.raw`(?:scan|scanning|sweep|attack|attacks|probing|flood|flooding|spoofing|brute force|brute-force attempts?|exploitation|exfiltration)`;

const DOERS = [
  new RegExp(String.raw`${ADDRESS}\W+(?:also |then |actively )?${DID}\b`, 'gi'),
  new RegExp(
    String.raw`\b${DEED} (?:was |were )?(?:by|from|came from|originat\w+ (?:at|from)) (?:the )?(?:host |address )?${ADDRESS}`,
    'gi',
  ),
  new RegExp(String.raw`\b${DID} by (?:the )?(?:host |address )?${ADDRESS}`, 'gi'),
];
const SUFFERERS = [
  new RegExp(
    String.raw`\b${DID} (?:[\w,]+ ports? (?:of|on) )?(?:the )?(?:host |server |address )?${ADDRESS}`,
    'gi',
  ),
  new RegExp(
    String.raw`\b${DEED} (?:of|against|on|at|to) (?:the )?(?:host |server |address )?${ADDRESS}`,
    'gi',
  ),
  new RegExp(String.raw`${ADDRESS}\W+(?:was|were|is|has been) ${DID} `, 'gi'),
];

/** Who attacks whom, where a sentence says so: null where its findings have it the same way round, else what is wrong. */
export function roleFaults({ text, scope, evidence }: Context): (string | null)[] {
  const all = scope.length > 0 ? scope : [...evidence.findings.values()];
  const attacks = all.map(({ finding }) => finding).filter(({ kind }) => isAttack(kind));
  if (attacks.length === 0) return [];
  const inRole = (role: 'actor' | 'target', address: string): boolean =>
    attacks.some((finding) => finding[role].some((one) => (canonicalAddress(one) ?? one) === address));
  const told = (
    patterns: readonly RegExp[],
    role: 'actor' | 'target',
    other: 'actor' | 'target',
  ): (string | null)[] =>
    addressesIn(text, patterns).map((address) =>
      !inRole(role, address) && inRole(other, address)
        ? `The findings have ${address} the other way round: it is the ${other === 'actor' ? 'source' : 'target'}.`
        : null,
    );
  return [...told(DOERS, 'actor', 'target'), ...told(SUFFERERS, 'target', 'actor')];
}

const addressesIn = (text: string, patterns: readonly RegExp[]): string[] =>
  patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, address = '']) => canonicalAddress(address) ?? address),
  );
