import { measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence, type Evidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, any } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { Deauthentications } from '../tables/wifi.ts';
import type { Tables } from '../tables.ts';

/** Deauthentications as they happen in normal operation. */
export const wifiDeauth: Detector = { kind: 'wifi_deauth', detect: detectPartings };

/** Deauthentications in numbers that no radio needs. */
export const wifiDeauthAttack: Detector = { kind: 'wifi_deauth_attack', detect: detectFlood };

const FLOOD = 10;
const BROADCAST_FLOOD = 5;
const DEAUTHENTICATION = 'wlan.fc.type_subtype == 0x000c';

const way = (sender: string, receiver: string): string => `wlan.sa == ${sender} && wlan.da == ${receiver}`;

const isFlood = ({ receiver, busiest }: Deauthentications): boolean =>
  busiest >= (isGroupAddress(receiver) ? BROADCAST_FLOOD : FLOOD);

/** Deauthentications between the same two, whoever is the claimed sender. */
function groups({ wifi }: Tables): { rows: Deauthentications[]; flood: boolean }[] {
  const byPair = Map.groupBy(wifi.deauthentications, ({ sender, receiver }) =>
    [sender, receiver].toSorted().join(' '),
  );
  return [...byPair.values()].map((rows) => ({ rows, flood: rows.some(isFlood) }));
}

/** The filter and evidence of all rows of one pair. */
const evidenceOf = (rows: readonly Deauthentications[]): { evidence: Evidence; filter: string } => ({
  evidence: mergeEvidence(rows.map(({ frames }) => frames)),
  filter: all(DEAUTHENTICATION, any(...rows.map(({ sender, receiver }) => `(${way(sender, receiver)})`))),
});

/** Reason codes of IEEE 802.11 that tell something. */
const REASONS = new Map([
  [1, 'unspecified'],
  [2, 'authentication no longer valid'],
  [3, 'the sender leaves'],
  [4, 'inactivity'],
  [6, 'not authenticated'],
  [7, 'not associated'],
  [14, 'wrong message integrity code'],
  [15, 'the four-way handshake took too long'],
  [23, '802.1X authentication failed'],
]);

const reasonsOf = (rows: readonly Deauthentications[]): string =>
  [...new Set(rows.flatMap(({ reasons }) => [...reasons]))]
    .map((code) => `${code} (${REASONS.get(code) ?? 'no common name'})`)
    .join(', ');

function detectPartings(tables: Tables): FindingDraft[] {
  const calm = groups(tables).filter(({ flood }) => !flood);
  return calm.map(({ rows }) => {
    const { evidence, filter } = evidenceOf(rows);
    const [first] = rows;
    return draft('wifi_deauth', {
      title: `${first?.sender ?? ''} parted from ${first?.receiver ?? ''} by ${times(evidence.count, 'deauthentication')}`,
      severity: 'low',
      ...stated('the frames are deauthentications'),
      actor: rows.map(({ sender }) => sender),
      target: rows.map(({ receiver }) => receiver),
      evidence,
      filter,
      explanation: `Reason ${reasonsOf(rows)}.`,
      alternatives: 'A station that moves on, an access point that restarts, or a failed login.',
      notChecked: 'Whether the claimed sender really sent it: such frames are unsigned without 802.11w.',
    });
  });
}

function detectFlood(tables: Tables): FindingDraft[] {
  const floods = groups(tables).filter(({ flood }) => flood);
  return floods.map(({ rows }) => {
    const { evidence, filter } = evidenceOf(rows);
    const worst = rows.toSorted((a, b) => b.frames.count - a.frames.count)[0];
    const victim = worst?.receiver ?? '';
    return draft('wifi_deauth_attack', {
      title: `${times(evidence.count, 'deauthentication')} throw ${isGroupAddress(victim) ? 'every station' : victim} out of the network`,
      severity: 'high',
      ...measured(evidence.count, BROADCAST_FLOOD, 'deauthentications in seconds'),
      actor: rows.map(({ sender }) => sender),
      target: rows.map(({ receiver }) => receiver),
      evidence,
      filter,
      explanation:
        `Up to ${Math.max(...rows.map(({ busiest }) => busiest))} within 10 s, repeats by the radio not counted; one is enough to part. ` +
        `Reason ${reasonsOf(rows)}. The sender's address is probably forged: whoever is in radio range can do this.`,
      alternatives:
        'An intrusion prevention system that keeps stations off a foreign access point, or a faulty one.',
      notChecked:
        'Who really sent the frames, and whether handshakes were recorded afterwards to guess the key.',
    });
  });
}
