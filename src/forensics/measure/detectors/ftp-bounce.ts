import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import { isPrivate } from '../private-address.ts';
import type { Tables } from '../tables.ts';

/** An FTP server told to connect to somebody else (CERT CA-1997-27). */
export const ftpBounce: Detector = { kind: 'ftp_bounce', detect };

const MAX_THIRDS = 20;
const SEVERAL = 3;

function detect({ ftpPorts }: Tables): FindingDraft[] {
  // A client behind address translation names its inside address: no attack, only a broken transfer.
  const foreign = ftpPorts.filter(({ client, third }) => !isPrivate(third) || isPrivate(client));
  const groups = Map.groupBy(foreign, ({ client, server }) => `${client} ${server}`);
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const { client, server } = first;
    const shown = rows.slice(0, MAX_THIRDS);
    const evidence = mergeEvidence(shown.map(({ seen }) => seen));
    const ports = shown.reduce((sum, row) => sum + row.ports.size, 0);
    const thirds = shown.map(
      ({ third }) =>
        `ftp.request.arg matches r"^(${third.replaceAll('.', ',')},|[|]1[|]${third.replaceAll('.', '[.]')}[|])"`,
    );
    return [
      draft('ftp_bounce', {
        title: `${client} sent the FTP server ${server} to ${times(rows.length, 'third host')}`,
        severity: grade([['high', ports >= SEVERAL || rows.length > 1]], 'medium'),
        ...measured(ports, SEVERAL, 'ports of others named'),
        actor: [client],
        target: [server, ...shown.map(({ third }) => third)],
        ports: [21],
        evidence,
        filter: all(
          'ftp.request.command matches "(?i)^(port|eprt)$"',
          any(...thirds),
          between(client, server),
        ),
        explanation: `${times(evidence.count, 'PORT command')} name addresses other than that of the client, with ${times(ports, 'port')}: the server is used to reach or scan them.`,
        alternatives: 'A transfer between two servers (FXP), or a client with several addresses.',
        notChecked: 'Whether the server obeyed, and IPv6.',
      }),
    ];
  });
}
