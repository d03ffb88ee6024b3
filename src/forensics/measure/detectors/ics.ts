import { hinted, inferred, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import type { IcsRow } from '../tables/ics.ts';
import type { IcsKind } from '../tables/ics-rules.ts';
import type { Tables } from '../tables.ts';

/** Industrial devices that refuse what they are asked. */
export const icsException: Detector = { kind: 'ics_exception', detect: detectExceptions };

/** Commands that change an industrial device or its program. */
export const icsUnauthorizedCommand: Detector = { kind: 'ics_unauthorized_command', detect: detectOrders };

/** Messages of industrial protocols that break their own format. */
export const icsMalformed: Detector = { kind: 'ics_malformed', detect: detectBroken };

const PROBING = 10;
const PROBED_SHARE = 5;

const rowsOf = ({ ics }: Tables, kind: IcsKind): IcsRow[] => ics.filter((row) => row.kind === kind);

const protocolOf = ({ rules }: IcsRow): string => [...rules][0]?.protocol ?? 'industrial';

const filterOf = ({ rules, source, target }: IcsRow): string =>
  all(
    any(...[...rules].map(({ filter }) => (rules.size > 1 ? `(${filter})` : filter))),
    between(source, target),
  );

function detectExceptions(tables: Tables): FindingDraft[] {
  return rowsOf(tables, 'ics_exception').map((row) =>
    draft('ics_exception', {
      title: `${row.source} refused ${times(row.seen.count, `${protocolOf(row)} request`)} of ${row.target}`,
      severity: grade([['medium', row.seen.count >= PROBING]], 'low'),
      ...stated('the device answered with an error code'),
      actor: [row.source],
      target: [row.target],
      ports: row.ports,
      evidence: row.seen,
      filter: filterOf(row),
      explanation: `${times(row.seen.count, 'exception')} in answer: the device does not offer what it was asked for.`,
      alternatives:
        'A master that is configured for another device, or somebody who tries what the device can do.',
      notChecked: 'Which functions were asked for.',
    }),
  );
}

/** Whether the row is a small part of somebody trying everything, which its refusals tell. */
function isProbing(tables: Tables, { source, target, seen }: IcsRow): boolean {
  const refused = rowsOf(tables, 'ics_exception').find(
    (row) => row.source === target && row.target === source,
  );
  const refusals = refused?.seen.count ?? 0;
  return refusals >= PROBING && refusals >= seen.count * PROBED_SHARE;
}

function detectOrders(tables: Tables): FindingDraft[] {
  return rowsOf(tables, 'ics_unauthorized_command').map((row) => {
    const orders = [...row.rules].map(({ what }) => what).join('; ');
    const isOrdinary = row.severity === 'low';
    return draft('ics_unauthorized_command', {
      title: `${row.source} sent ${protocolOf(row)} ${isOrdinary ? 'control' : 'engineering'} commands to ${row.target}`,
      severity: isProbing(tables, row) ? 'low' : row.severity,
      ...(isOrdinary
        ? hinted('operation needs such commands')
        : inferred('the command is plain, whether it was allowed is not')),
      actor: [row.source],
      target: [row.target],
      ports: row.ports,
      evidence: row.seen,
      filter: filterOf(row),
      explanation:
        `${times(row.seen.count, 'message')} told the device to ${orders}. The protocol does not prove who sends them` +
        (isOrdinary
          ? '; operation needs such commands, so what matters is whether this host may give them.'
          : '.'),
      alternatives: 'Maintenance that was announced, or the control station that is meant to do this.',
      notChecked: 'Whether this host is allowed to, and whether the device obeyed.',
    });
  });
}

function detectBroken(tables: Tables): FindingDraft[] {
  return rowsOf(tables, 'ics_malformed').map((row) =>
    draft('ics_malformed', {
      title: `${row.source} sent ${row.target} ${times(row.seen.count, `malformed ${protocolOf(row)} message`)}`,
      severity: isProbing(tables, row) ? 'low' : row.severity,
      ...inferred('a dissector could not read them, which a dialect would look like'),
      actor: [row.source],
      target: [row.target],
      ports: row.ports,
      evidence: row.seen,
      filter: filterOf(row),
      explanation: `What does not fit the format: ${[...row.rules].map(({ what }) => what).join('; ')}. Devices may hang or restart on such messages.`,
      alternatives: 'A dialect of the vendor, a message that the capture cut, or a fault of the dissector.',
      notChecked: 'How the device took it.',
    }),
  );
}
