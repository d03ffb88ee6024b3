import type { CaptureFacts } from './facts.ts';
import type { Families } from './facts/traffic.ts';
import {
  CONVERSATION_HEAD,
  conversationRow,
  ENDPOINT_HEAD,
  endpointRow,
  more,
  share,
  size,
} from './report-tables.ts';
import { codeSpan, table } from './untrusted.ts';

const MAX_ROWS = 25;

/** Who spoke with whom, by bytes. */
export function conversations({ conversations: all, totals }: CaptureFacts): string {
  if (all.length === 0) return 'No conversations between network addresses were found in this capture.';
  const rows = all.slice(0, MAX_ROWS).map(conversationRow);
  return `${families(totals?.conversations ?? null, 'conversations')}${table(CONVERSATION_HEAD, rows)}${more(all.length, 'conversations')}`;
}

/** Who took part, by bytes, and what is known of them. */
export function endpoints({ endpoints: all, totals }: CaptureFacts): string {
  if (all.length === 0) return 'No network addresses were found in this capture.';
  const rows = all.slice(0, MAX_ROWS).map(endpointRow);
  const note = all.some(({ names }) => names.length > 0) ? `${NAMES}\n\n` : '';
  return `${families(totals?.endpoints ?? null, 'endpoints')}${note}${table(ENDPOINT_HEAD, rows)}${more(all.length, 'endpoints')}`;
}

const NAMES = 'Names are as packets give them, with the protocol that they were read in: a sender may lie.';

function families(counts: Families | null, what: string): string {
  if (counts === null) return '';
  const { ipv4, ipv6, nonIp } = counts;
  return `${ipv4 + ipv6 + nonIp} ${what}: ${ipv4} IPv4, ${ipv6} IPv6, ${nonIp} without IP.\n\n`;
}

/** Bytes per protocol, whole flows counting for the protocol that was recognised in them. */
export function protocolShares({ protocols: all, capture }: CaptureFacts): string {
  if (all.length === 0) return 'No protocols were recognised in this capture.';
  const rows = all
    .slice(0, 2 * MAX_ROWS)
    .map((entry) => [
      codeSpan(entry.protocol, 120),
      String(entry.packets),
      share(entry.packets, capture.packets),
      size(entry.bytes),
      share(entry.bytes, capture.dataBytes),
    ]);
  return (
    table(['Protocol', 'Packets', 'of packets', 'Bytes', 'of bytes'], rows) +
    more(all.length, 'protocols', 2 * MAX_ROWS)
  );
}
