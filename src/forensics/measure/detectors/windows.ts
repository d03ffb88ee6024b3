import { agreeing } from '../../../domain/confidence.ts';
import { SEVERITIES, type FindingDraft } from '../../../domain/finding.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import type { Tables } from '../tables.ts';
import type { WindowsRow, WindowsTable } from '../tables/windows.ts';

/** Remote execution between Windows hosts: services, jobs, administrative shares. */
export const lateralMovement = windowsDetector('lateral_movement', {
  alternatives: 'An administrator, or software distribution, at work.',
  notChecked: 'Encrypted SMB and remote calls whose arguments are sealed.',
});

/** Directory replication asked for by a host that is no domain controller. */
export const dcsync = windowsDetector('dcsync', {
  alternatives:
    'A domain controller that this capture never shows as one, or a synchronisation with the cloud.',
  notChecked: 'Which accounts were asked for: the call is sealed.',
});

/** Holes of Windows services that one call gives away. */
export const windowsExploit = windowsDetector('exploit', {
  alternatives: 'A test for the hole.',
  notChecked: 'Whether the server was taken over.',
});

/** Passwords set or changed by remote call. */
export const passwordChanged = windowsDetector('password_changed', {
  alternatives: 'A person who changed a password, or the monthly change of a machine.',
  notChecked: 'Whether the server agreed, and the account where the call is sealed.',
});

function windowsDetector(kind: FindingKind, words: { alternatives: string; notChecked: string }): Detector {
  const detect = ({ windows }: Tables): FindingDraft[] => {
    const rows = windows.rows.filter((row) => row.sign.kind === kind && !isReplication(row, windows));
    const groups = Map.groupBy(rows, ({ client, server }) => `${client} ${server}`);
    return [...groups.values()].map((group) => windowsFinding(kind, group, words));
  };
  return { kind, detect };
}

/** Domain controllers replicate from each other all the time. */
const isReplication = ({ sign, client }: WindowsRow, { controllers }: WindowsTable): boolean =>
  sign.kind === 'dcsync' && controllers.has(client);

function windowsFinding(
  kind: FindingKind,
  rows: readonly WindowsRow[],
  words: { alternatives: string; notChecked: string },
): FindingDraft {
  const client = rows[0]?.client ?? '';
  const server = rows[0]?.server ?? '';
  const names = [...new Set(rows.map(({ sign }) => sign.name))];
  const evidence = mergeEvidence(rows.map(({ seen }) => seen));
  const severity =
    SEVERITIES[Math.max(...rows.map(({ sign }) => SEVERITIES.indexOf(sign.severity)))] ?? 'low';
  return draft(kind, {
    title: `${client} ${names.slice(0, 2).join(' and ')} on ${server}`,
    severity,
    ...agreeing(names.length, 2, names.length === 1 ? 'kind of call' : 'kinds of call'),
    actor: [client],
    target: [server],
    ports: rows.flatMap(({ ports }) => [...ports]),
    evidence,
    filter: all(any(...rows.map(({ sign }) => `(${sign.filter})`)), between(client, server)),
    explanation: `${client} ${names.join('; ')}: ${times(evidence.count, 'packet')}.`,
    ...words,
  });
}
