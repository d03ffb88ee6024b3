import { confirmed, measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between, from, oneOf, to } from '../filter.ts';
import type { SipPair } from '../tables/sip.ts';
import type { Tables } from '../tables.ts';

/** Hosts that look for SIP servers, or for the users of one. */
export const voipScan: Detector = { kind: 'voip_scan', detect: detectScan };

/** SIP registrations and calls refused for their credentials. */
export const voipAuthFailure: Detector = { kind: 'voip_auth_failure', detect: detectAuth };

/** Passwords of SIP users tried one after the other. */
export const voipBruteForce: Detector = { kind: 'brute_force', detect: detectBruteForce };

const MANY_SERVERS = 10;
const MANY_USERS = 15;
const ACCEPTED_SHARE = 0.2;
const REPEATED = 3;
const MANY_REFUSALS = 20;

/** A filter for both directions does not do: only what the client asks. */
const PROBES = 'sip.Method in {"OPTIONS", "REGISTER", "INVITE"}';

const isEnumeration = ({ users, probes, accepted }: SipPair): boolean =>
  users.size >= MANY_USERS && accepted <= probes.count * ACCEPTED_SHARE;

function detectScan({ sip }: Tables): FindingDraft[] {
  const asking = sip.pairs.filter(({ probes }) => probes.count > 0);
  return [...Map.groupBy(asking, ({ client }) => client)].flatMap(([client, pairs]) => {
    const accepted = pairs.reduce((sum, pair) => sum + pair.accepted, 0);
    const sweep = pairs.length >= MANY_SERVERS && accepted <= pairs.length * ACCEPTED_SHARE;
    const named = pairs.some(({ scanner }) => scanner);
    const told = named || sweep ? pairs : pairs.filter(isEnumeration);
    return told.length === 0 ? [] : [scan(client, told, named)];
  });
}

function scan(client: string, pairs: readonly SipPair[], named: boolean): FindingDraft {
  const evidence = mergeEvidence(pairs.map(({ probes }) => probes));
  const users = new Set(pairs.flatMap((pair) => [...pair.users]));
  const [only] = pairs;
  return draft('voip_scan', {
    title: `${client} scanned ${times(pairs.length, 'host')} for SIP`,
    severity: 'high',
    ...(named
      ? stated('the requests name a scanner as their program')
      : measured(evidence.count, 50, 'requests that hardly anybody accepted')),
    actor: [client],
    target: pairs.map(({ server }) => server),
    ports: pairs.map(({ port }) => port),
    evidence,
    filter: all(PROBES, from(client), pairs.length === 1 && only !== undefined && to(only.server)),
    explanation:
      `${times(evidence.count, 'request')} to ${times(pairs.length, 'host')} for ${times(users.size, 'user')}` +
      `${named ? '; the requests name a known SIP scanner as their program' : ', and hardly any was accepted'}.`,
    alternatives: 'An audit of your own, or a monitoring system that asks many servers with OPTIONS.',
    notChecked: 'Which users exist, and SIP inside TLS.',
  });
}

function detectAuth({ sip }: Tables): FindingDraft[] {
  return sip.pairs.flatMap((pair) => {
    const { client, server, port, challenges, refusals, accepted } = pair;
    // A challenge is how every registration begins; one that nobody ever passes is a refusal.
    const locked = accepted === 0 && challenges.count >= REPEATED;
    if (refusals.count === 0 && !locked) return [];
    const whole = accepted === 0 && refusals.count === 0;
    const evidence = whole ? challenges : refusals;
    const named = !whole && challenges.count > 0 && refusals.count === refusals.frames.length;
    return [
      draft('voip_auth_failure', {
        title: `${server} refused the credentials of ${client} ${times(evidence.count, 'time')}`,
        severity: grade([['high', evidence.count >= MANY_REFUSALS]], 'medium'),
        ...confirmed(
          !whole,
          'credentials were sent and refused',
          'credentials were asked for, and none seen',
        ),
        actor: [server],
        target: [client],
        ports: [port],
        evidence,
        filter: all(
          oneOf('sip.Status-Code', [401, 403, 407]),
          'sip.CSeq.method in {"REGISTER", "INVITE"}',
          between(server, client),
          // Which responses follow upon credentials cannot be said in a filter; few can be named.
          named && oneOf('frame.number', refusals.frames),
        ),
        matching: whole || named || challenges.count === 0 ? evidence.count : null,
        explanation: whole
          ? `${times(evidence.count, 'request')} for credentials, and nothing was ever accepted: ${client} has none, or they ` +
            `do not reach the server.`
          : `${times(evidence.count, 'registration or call')} with credentials, or without being asked for any, were refused; ` +
            `${accepted} accepted.`,
        alternatives:
          'A mistyped or changed password, a clock or nonce that ran out, or somebody who guesses.',
        notChecked: 'Whether the user exists.',
      }),
    ];
  });
}

function detectBruteForce({ sip }: Tables): FindingDraft[] {
  return sip.pairs
    .filter(({ refusals, users }) => refusals.count >= MANY_REFUSALS && users.size * 5 <= refusals.count)
    .map(({ client, server, port, challenges, refusals, users }) =>
      draft('brute_force', {
        title: `${client} tried ${times(refusals.count, 'password')} for ${times(users.size, 'SIP user')} of ${server}`,
        severity: 'high',
        ...measured(refusals.count, MANY_REFUSALS, 'passwords refused'),
        actor: [client],
        target: [server],
        ports: [port],
        evidence: refusals,
        filter: all(
          oneOf('sip.Status-Code', [401, 403, 407]),
          'sip.CSeq.method in {"REGISTER", "INVITE"}',
          between(server, client),
        ),
        matching: challenges.count === 0 ? refusals.count : null,
        explanation: `The server refused credentials ${refusals.count} times for few users.`,
        alternatives: 'A telephone with an old password that keeps trying.',
        notChecked: 'Whether one of the passwords was right.',
      }),
    );
}
