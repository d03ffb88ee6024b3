import type { FindingKind } from '../finding-kinds.ts';
import { canonicalAddress } from './addresses.ts';
import type { Context } from './context.ts';

type Role = 'actor' | 'target';

/** Something that a host does or leaves undone, how sentences say it of the host, and which of a finding's sides that is. */
interface Deed {
  /** Behind the host. */
  does: string;
  /** Before "by" and the host. */
  doneBy?: string;
  role: Partial<Record<FindingKind, Role>>;
}

const SOME = String.raw`(?:[^.;:]|\.\d){0,60}?`;

const DEEDS: readonly Deed[] = [
  {
    does: String.raw`(?:re-?transmit(?:s|ted)|re-?sends?|re-?sent|(?:sent|sends)\b${SOME}\bagain)`,
    doneBy: String.raw`(?:re-?transmitted|re-?sent|sent again|re-?transmissions?)`,
    role: { tcp_retransmission: 'actor', tcp_fast_retransmission: 'actor', packet_loss: 'actor' },
  },
  {
    does: String.raw`(?:advertis|announc|report|signal)\w*\b${SOME}\b(?:zero|full|closed)[ -](?:receive )?(?:window|buffer)`,
    doneBy: String.raw`(?:zero|full)[ -](?:receive )?(?:windows?|buffers?)(?: \w+){0,3}`,
    role: { tcp_zero_window: 'actor' },
  },
  {
    does: String.raw`(?:repeated|sent)\b${SOME}\b(?:acknowledgements?|duplicate acks?)`,
    doneBy: String.raw`duplicate (?:acks?|acknowledgements?)(?: \w+){0,3}`,
    role: { tcp_duplicate_ack: 'actor' },
  },
  {
    does: String.raw`(?:refus|reject)\w+ (?:the |all |its |every |\w+ )?(?:connections?|ports?|syns?|attempts?)\b`,
    doneBy: String.raw`(?:connections?|syns?|attempts?)\b${SOME}\b(?:refused|rejected)`,
    role: { tcp_connection_refused: 'actor' },
  },
  {
    does: String.raw`reset (?:the |all |its |\w+ )?connections?\b`,
    doneBy: String.raw`connections?\b${SOME}\breset`,
    role: { tcp_reset: 'actor', tcp_connection_refused: 'actor' },
  },
  {
    does: String.raw`(?:never|did not|didn't|does not|doesn't|failed to) (?:answer|respond|repl)\w*`,
    doneBy: String.raw`(?:unanswered|(?:not|never) (?:answered|acknowledged))`,
    role: { tcp_connect_timeout: 'target', tcp_stall: 'target', dns_no_response: 'actor' },
  },
  {
    does: String.raw`(?:sent|asked|queried|tried)(?! no\b)\b${SOME}\b(?:no (?:answer|response|reply)|in vain|unanswered|never answered)\b`,
    role: { tcp_connect_timeout: 'actor', tcp_stall: 'actor', dns_no_response: 'target' },
  },
  {
    does: String.raw`(?:failed to resolve|(?:answered|returned|replied)\b${SOME}\bservfail)`,
    role: { dns_servfail: 'actor' },
  },
  {
    does: String.raw`(?:asked|queried|looked up)\b${SOME}\b(?:do|did|does) not exist`,
    role: { dns_nxdomain_burst: 'actor', dns_nxdomain: 'target' },
  },
  {
    does: String.raw`(?:sent|exposed|transmitted)\b${SOME}\b(?:passwords?|credentials?)\b`,
    role: { cleartext_credentials: 'actor' },
  },
  { does: String.raw`filled\b${SOME}\bwindow`, role: { tcp_window_full: 'actor' } },
  { does: String.raw`(?:answered|returned|replied)\b${SOME}\bhttp errors?`, role: { http_error: 'actor' } },
];

const ADDRESS = String.raw`([0-9a-f:]{4,39}|\d{1,3}(?:\.\d{1,3}){3})(?![\w:])`;
/** Behind these words a host is not who the sentence is about. */
const SUBJECT = String.raw`(?<![\w:.])(?<!\b(?:to|from|of|with|against|and|towards?|on|between|by) )${ADDRESS}`;

const PATTERNS = DEEDS.map(({ does, doneBy, role }) => ({
  role,
  said: [
    new RegExp(`${SUBJECT},? (?:which |that )?(?:also |then |repeatedly |again )?${does}`, 'gi'),
    ...(doneBy === undefined
      ? []
      : [new RegExp(String.raw`\b${doneBy} by (?:the )?(?:host |server |client )?${ADDRESS}`, 'gi')]),
  ],
}));

/**
 * Who did what, for faults: null where the findings have the host on that side, else what is wrong. Hosts that the
 * findings of such deeds do not know at all are other checks' business.
 */
export function faultRoles({ text, scope, evidence }: Context): (string | null)[] {
  const findings = (scope.length > 0 ? scope : [...evidence.findings.values()]).map(({ finding }) => finding);
  return PATTERNS.flatMap(({ role, said }) => {
    const sides = findings.flatMap((finding) => {
      const right = role[finding.kind];
      if (right === undefined) return [];
      return [{ right: finding[right], wrong: finding[right === 'actor' ? 'target' : 'actor'] }];
    });
    if (sides.length === 0) return [];
    return hostsIn(text, said).map((host) =>
      !sides.some(({ right }) => isAmong(right, host)) && sides.some(({ wrong }) => isAmong(wrong, host))
        ? `The findings have it the other way round: it was not ${host} but its peer.`
        : null,
    );
  });
}

const isAmong = (hosts: readonly string[], host: string): boolean =>
  hosts.some((one) => (canonicalAddress(one) ?? one) === host);

const hostsIn = (text: string, said: readonly RegExp[]): string[] =>
  said.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, address = '']) => canonicalAddress(address) ?? address),
  );
