import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../../src/domain/finding.ts';
import type { Analysis } from '../../src/domain/analysis.ts';

const Hosts = z.array(z.string()).default([]);

/** Something that an analysis of the capture has to find. */
const Fact = z.object({
  kind: z.string(),
  what: z.string(),
  min_severity: z.enum(SEVERITIES),
  primary: z.boolean().default(false),
  actor: Hosts,
  target: Hosts,
  mention_any: z.array(z.string()).default([]),
});
export type Fact = z.infer<typeof Fact>;

const Manifest = z.array(
  z.object({
    id: z.string(),
    file: z.string(),
    category: z.string(),
    must_find: z.array(Fact),
  }),
);
export type LabelledCapture = z.infer<typeof Manifest>[number];

/** Captures with known contents that can be read; null where the folder has no manifest. */
export function readCorpus(folder: string): LabelledCapture[] | null {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest)) return null;
  const captures = Manifest.parse(JSON.parse(readFileSync(manifest, 'utf8')));
  return captures.filter(({ category }) => category !== 'bad_input');
}

/** The first `limit`, taken by turns from each category, so that a small sample is of all kinds. */
export function sample(captures: readonly LabelledCapture[], limit: number): LabelledCapture[] {
  const categories = [...Map.groupBy(captures, ({ category }) => category).values()];
  const longest = Math.max(0, ...categories.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    categories.flatMap((one) => one.slice(turn, turn + 1)),
  );
  return turns.flat().slice(0, limit);
}

/** Kinds that tell the same trouble at different depth: any of a family meets a fact of another. */
const FAMILIES: readonly (readonly string[])[] = [
  ['tcp_retransmission', 'tcp_fast_retransmission', 'packet_loss'],
  ['brute_force', 'password_spray'],
  ['exploit', 'dcsync', 'kerberoasting'],
  ['malware_c2', 'ransomware'],
  ['malware_download', 'exploit_kit'],
  ['port_scan', 'vuln_scan'],
  ['web_attack', 'web_attack_sqli', 'web_attack_xss', 'web_attack_traversal'],
];

const isSameTrouble = (wanted: string, found: string): boolean =>
  wanted === found || FAMILIES.some((family) => family.includes(wanted) && family.includes(found));

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);
const hostsOf = ({ actor, target }: Pick<Fact, 'actor' | 'target'>): string[] =>
  [...actor, ...target].map((host) => host.toLowerCase());

/** Whether a finding tells this fact: its trouble, at least as grave, about one of its hosts. */
export function isFound(fact: Fact, { findings }: Pick<Analysis, 'findings'>): boolean {
  const hosts = hostsOf(fact);
  return findings.some(
    (finding) =>
      isSameTrouble(fact.kind, finding.kind) &&
      rank(finding.severity) >= rank(fact.min_severity) &&
      (hosts.length === 0 || hostsOf(finding).some((host) => hosts.includes(host))),
  );
}

/** Whether the report has one of the words that a report on this fact can't do without. */
export function isNamed(fact: Fact, { report }: Pick<Analysis, 'report'>): boolean {
  const text = report.toLowerCase();
  return fact.mention_any.length === 0 || fact.mention_any.some((word) => text.includes(word.toLowerCase()));
}
