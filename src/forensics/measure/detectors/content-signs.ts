import { agreeing, measured } from '../../../domain/confidence.ts';
import { SEVERITIES, type FindingDraft } from '../../../domain/finding.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { mergeEvidence } from '../bounded.ts';
import { contentFilter } from '../content/sign.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import type { ContentRow } from '../tables/contents.ts';
import type { Tables } from '../tables.ts';
import { isVulnScan } from './http-error.ts';

/** Attacks on flaws of programs that the bytes of one packet give away. */
export const exploitContent = contentDetector('exploit', 'Whether the attempt succeeded.');
export const webAttackContent = contentDetector(
  'web_attack',
  'Whether the attempt succeeded, and requests inside TLS.',
);
export const sqliContent = contentDetector('web_attack_sqli', 'Whether the attempt succeeded.');
export const xssContent = contentDetector('web_attack_xss', 'Whether the script ran in a browser.');
export const traversalContent = contentDetector('web_attack_traversal', 'Whether the file was handed over.');
export const remoteShell = contentDetector('remote_shell', 'Which commands were entered.');
export const malwareContent = contentDetector('malware_download', 'What the program does; it was not run.');
export const malwareC2Content = contentDetector('malware_c2', 'What was ordered or sent.');
export const ransomwareContent = contentDetector('ransomware', 'Whether files were encrypted.');
export const cryptomining = contentDetector('cryptomining', 'Whether the owner of the machine wants it.');
export const adware = contentDetector('adware', 'Which data the program sends.');
export const successfulLogin = contentDetector('successful_login', 'Whether the person was entitled to it.');
export const fileTransfer = contentDetector('file_transfer', 'What the file holds, and whether it arrived.');
export const passwordChangedContent = contentDetector('password_changed', 'Whether the server agreed.');
export const secretContent = contentDetector('cleartext_credentials', 'Whether the password was accepted.');
export const refusalContent = contentDetector('auth_failure', 'Which account it was.');
export const exfiltrationContent = contentDetector(
  'data_exfiltration',
  'Whether the receiver is entitled to it.',
);

/** The findings of every sign of one kind, one per pair of actor and target. */
function contentDetector(kind: FindingKind, notChecked: string): Detector {
  const detect = ({ contents, signs, web, logins }: Tables): FindingDraft[] => {
    const scans = new Set(web.filter(isVulnScan).map(({ client, server }) => `${client} ${server}`));
    const told = new Set([
      ...signs.filter((row) => row.kind === kind).map(({ source, target }) => `${source} ${target}`),
      ...toldByDissectors(kind, logins),
    ]);
    const rows = contents.rows.filter(({ sign, source, target }) => {
      const ends = `${source} ${target}`;
      return sign.kind === kind && !told.has(ends) && !(isPartOfScan(kind) && scans.has(ends));
    });
    return [...Map.groupBy(rows, endsOf).values()].map((group) =>
      contentFinding(kind, group, { notChecked, unsearched: contents.unsearched }),
    );
  };
  return { kind, detect };
}

/** Ends between which a dissector's field tells the same already. */
function toldByDissectors(kind: FindingKind, { secrets, refusals }: Tables['logins']): string[] {
  if (kind === 'cleartext_credentials') return secrets.map(({ client, server }) => `${client} ${server}`);
  return kind === 'auth_failure' ? refusals.map(({ client, server }) => `${server} ${client}`) : [];
}

/** What a scanner tries is told once, as the scan. */
const isPartOfScan = (kind: FindingKind): boolean =>
  kind === 'exploit' || kind === 'cleartext_credentials' || kind.startsWith('web_attack');

const ALTERNATIVES: Partial<Record<FindingKind, string>> = {
  remote_shell: 'Remote administration over an unprotected connection, or a document about a shell.',
  malware_download: 'A tool that an administrator moves by an odd way.',
  cryptomining: 'Mining that is wanted.',
  adware: 'A program that somebody likes in spite of its advertising.',
  successful_login: 'Usually the owner of the account.',
  file_transfer: 'Usually wanted: this is evidence, not an alarm.',
  password_changed: 'A person who changed a password.',
  cleartext_credentials: 'A test account, or a network that is encrypted below (VPN).',
  auth_failure: 'A changed password that a program still uses, or a typing error.',
};

const actorOf = ({ sign, source, target }: ContentRow): string => (sign.actor === 'sender' ? source : target);
const targetOf = ({ sign, source, target }: ContentRow): string =>
  sign.actor === 'sender' ? target : source;
const endsOf = (row: ContentRow): string => `${actorOf(row)} ${targetOf(row)}`;

function contentFinding(
  kind: FindingKind,
  rows: readonly ContentRow[],
  { notChecked, unsearched }: { notChecked: string; unsearched: ReadonlySet<string> },
): FindingDraft {
  const [first] = rows;
  const actor = first === undefined ? '' : actorOf(first);
  const target = first === undefined ? '' : targetOf(first);
  const names = [...new Set(rows.map(({ sign }) => sign.name))];
  const { frames } = mergeEvidence(rows.map(({ seen }) => seen));
  const evidence = { count: rows.reduce((sum, { alone }) => sum + alone, 0), frames };
  const isWhole = !rows.some(({ source, target: to }) => unsearched.has(`${source} ${to}`));
  const grave = rows.map(({ sign }) => SEVERITIES.indexOf(sign.severity));
  const severity = SEVERITIES[Math.max(...grave)] ?? 'medium';
  const sources = [...new Set(rows.map(({ sign }) => sign.source))];
  return draft(kind, {
    title: `${actor} and ${target}: ${names.slice(0, 2).join(', ')}`,
    severity,
    ...(names.length > 1
      ? agreeing(names.length, 2, 'different signs')
      : measured(
          evidence.count,
          3,
          evidence.count === 1 ? 'packet with this sign' : 'packets with this sign',
        )),
    actor: [actor],
    target: [target],
    ports: rows.flatMap(({ ports }) => [...ports]),
    evidence,
    filter: any(
      ...rows.map(({ sign, source, target: to }) => `(${all(contentFilter(sign), between(source, to))})`),
    ),
    matching: isWhole ? evidence.count : null,
    explanation:
      `${times(evidence.count, 'packet')} ${evidence.count === 1 ? 'carries' : 'carry'} ${names.slice(0, 5).join('; ')}. ` +
      `By: ${sources.slice(0, 4).join('; ')}.`,
    alternatives: ALTERNATIVES[kind] ?? 'A test of your own defences, or bytes that look alike by chance.',
    notChecked: `${notChecked} Encrypted content, and all but the start of bulk transfers.`,
  });
}
