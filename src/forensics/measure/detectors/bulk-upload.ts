import { hinted } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { isPrivate } from '../private-address.ts';
import type { Tables } from '../tables.ts';

/** Much more sent to an outside server than came back. By itself it is a hint, no more. */
export const bulkUpload: Detector = { kind: 'data_exfiltration', detect };

const MEGABYTE = 1_000_000;
const LEAST_BYTES = 5 * MEGABYTE;
const TIMES_MORE = 20;

function detect({ tcp }: Tables): FindingDraft[] {
  const outward = tcp.connections.filter(({ client, server }) => isPrivate(client) && !isPrivate(server));
  const groups = Map.groupBy(outward, ({ client, server }) => `${client} ${server}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const sent = group.reduce((sum, { fromClient }) => sum + fromClient.bytes, 0);
    const received = group.reduce((sum, { fromServer }) => sum + fromServer.bytes, 0);
    if (first === undefined || sent < LEAST_BYTES || sent < received * TIMES_MORE) return [];
    const { client, server } = first;
    const frames = group
      .filter(({ fromClient }) => fromClient.bytes > 0)
      .map(({ fromClient }) => fromClient.firstFrame);
    return [
      draft('data_exfiltration', {
        title: `${client} sent ${Math.round(sent / MEGABYTE)} MB to ${server} and got little back`,
        severity: 'low',
        ...hinted('only the amounts are known, and backups look the same'),
        actor: [client],
        target: [server],
        ports: group.map(({ serverPort }) => serverPort),
        evidence: mergeEvidence(frames.map((frame) => ({ count: 1, frames: [frame] }))),
        filter: all(between(client, server), 'tcp'),
        explanation: `${times(group.length, 'connection')} carried ${sent} bytes out and ${received} in.`,
        alternatives: 'A backup, a video call, or files that somebody uploads on purpose.',
        notChecked: 'What was sent.',
      }),
    ];
  });
}
