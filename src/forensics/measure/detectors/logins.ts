import { confirmed, hinted, inferred, measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, between, notQuoted, oneOf, SYN_ONLY } from '../filter.ts';
import { HTTP_CREDENTIALS, REFUSALS, SECRETS, signOf, type LoginSign } from '../tables/login-signs.ts';
import type { LoginRow } from '../tables/logins.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Passwords readable on the wire; they are never kept, let alone shown. */
export const cleartextCredentials: Detector = { kind: 'cleartext_credentials', detect: detectSecrets };

/** Logins that the server refused. */
export const authFailure: Detector = { kind: 'auth_failure', detect: detectRefusals };

/** Login after login: refused ones, or short sessions where encryption hides the outcome. */
export const bruteForce: Detector = { kind: 'brute_force', detect: detectGuessing };

const SEVERAL_REFUSALS = 3;
const ASKING = new Set(['http', 'http-proxy']);
/** Clients try accounts that do not exist. */
const DEMANDS = new Set(['kerberos-account']);
const GUESSES = 20;
const GUESS_SECONDS = 30;
/** People need longer to fill in a form. */
const FORM_SECONDS = 5;
const HIDDEN_SESSIONS = 6;
const MANY_SESSIONS = 30;
const SESSION_BYTES = 20_000;
const SESSION_SECONDS = 60;
const SESSION_GAP_SECONDS = 120;
/** SSH, RDP, VNC. */
const LOGIN_PORTS = new Set([22, 3389, 5900]);

const MAX_NAMED = 20;

const refusalOf = ({ sign }: LoginRow): LoginSign | undefined =>
  signOf([HTTP_CREDENTIALS, ...REFUSALS], sign);

const directed = (sign: LoginSign, { client, server }: LoginRow): string =>
  sign.from === 'client' ? between(client, server) : between(server, client);

function detectSecrets({ logins }: Tables): FindingDraft[] {
  return logins.secrets.flatMap((row) => {
    const sign = signOf(SECRETS, row.sign);
    if (sign === undefined) return [];
    return [
      draft('cleartext_credentials', {
        title: `${row.client} sent a password to ${row.server} in the clear`,
        severity: 'medium',
        ...confirmed(
          sign.from === 'client',
          'the password stands in the packet',
          'the server asked for a password, and what was typed followed in the clear',
        ),
        actor: [row.client],
        target: [row.server],
        ports: row.ports,
        evidence: row.seen,
        filter: all(sign.filter, directed(sign, row)),
        explanation: `${sign.protocol} carried a password unencrypted: whoever sits on the path has it. It is not repeated here.`,
        alternatives: 'A test account, or a network that is encrypted below (VPN).',
        notChecked: 'Whether the password was accepted.',
      }),
    ];
  });
}

function detectRefusals({ logins }: Tables): FindingDraft[] {
  const refused = new Set(
    logins.refusals
      .filter(({ sign }) => sign === HTTP_CREDENTIALS.id)
      .map(({ client, server }) => `${client} ${server}`),
  );
  return logins.refusals.flatMap((row) => {
    const sign = refusalOf(row);
    // A first 401 or 407 is how HTTP asks for a login; only many of them are refusals.
    if (sign === undefined || (ASKING.has(row.sign) && row.seen.count < SEVERAL_REFUSALS)) return [];
    if (row.sign === 'http' && refused.has(`${row.client} ${row.server}`)) return [];
    return [
      draft('auth_failure', {
        title: `${row.server} refused ${times(row.seen.count, 'login')} of ${row.client}`,
        severity: grade([['medium', !ASKING.has(row.sign) && isGrave(row)]], 'low'),
        ...(ASKING.has(row.sign)
          ? hinted('the same answer asks for a login in the first place')
          : stated('the server’s answer refuses the login')),
        actor: [row.client],
        target: [row.server],
        ports: row.ports,
        evidence: row.seen,
        filter: all(
          sign.filter,
          directed(sign, row),
          // Which answers follow upon credentials cannot be said in a filter; few can be named.
          row.sign === HTTP_CREDENTIALS.id &&
            row.seen.count <= MAX_NAMED &&
            oneOf('frame.number', row.seen.frames),
        ),
        explanation: `${sign.protocol}: the credentials were not accepted.`,
        alternatives: 'A changed password that a program still uses, or a typing error.',
        notChecked: 'Which account it was.',
      }),
    ];
  });
}

/** Whether credentials were refused in earnest, and not asked for in a way that looks like it. */
const isGrave = ({ sign, seen }: LoginRow): boolean => seen.count >= SEVERAL_REFUSALS || !DEMANDS.has(sign);

function detectGuessing(tables: Tables): FindingDraft[] {
  const guessed = tables.logins.refusals.filter(
    ({ sign, seen, firstAt, lastAt }) =>
      sign !== HTTP_CREDENTIALS.id && seen.count >= GUESSES && lastAt - firstAt <= seen.count * GUESS_SECONDS,
  );
  const refused = guessed.flatMap((row) => {
    const sign = refusalOf(row);
    return sign === undefined ? [] : [guessing(row, sign)];
  });
  const groups = Map.groupBy(tables.tcp.connections.filter(isShortLogin), ({ client, server, serverPort }) =>
    [client, server, serverPort].join(' '),
  );
  const forms = tables.logins.secrets.filter(
    ({ sign, seen, firstAt, lastAt }) =>
      sign === 'http-form' && seen.count >= GUESSES && lastAt - firstAt <= seen.count * FORM_SECONDS,
  );
  return [
    ...refused,
    ...forms.flatMap(formGuessing),
    ...[...groups.values()].flatMap((sessions) => hiddenGuessing(sessions, tables.overview.quotes)),
  ];
}

function guessing(row: LoginRow, sign: LoginSign): FindingDraft {
  return draft('brute_force', {
    title: `${row.client} had ${times(row.seen.count, 'login')} refused by ${row.server}`,
    severity: 'high',
    ...measured(row.seen.count, GUESSES, 'refusals in a row'),
    actor: [row.client],
    target: [row.server],
    ports: row.ports,
    evidence: row.seen,
    filter: all(sign.filter, directed(sign, row)),
    explanation: `${row.seen.count} refusals (${sign.protocol}) in ${duration(row.lastAt - row.firstAt)}: passwords are being guessed.`,
    alternatives: 'A program that keeps trying an old password.',
    notChecked: 'Whether one of the guesses was right.',
  });
}

function formGuessing(row: LoginRow): FindingDraft[] {
  const sign = signOf(SECRETS, row.sign);
  if (sign === undefined) return [];
  return [
    draft('brute_force', {
      title: `${row.client} sent ${times(row.seen.count, 'password')} to a form of ${row.server}`,
      severity: 'high',
      ...measured(row.seen.count, GUESSES, 'passwords sent to one server'),
      actor: [row.client],
      target: [row.server],
      ports: row.ports,
      evidence: row.seen,
      filter: all(sign.filter, directed(sign, row)),
      explanation: `${times(row.seen.count, 'form')} with a password in ${duration(row.lastAt - row.firstAt)}: no person types as fast.`,
      alternatives: 'A load test, or a program that sends its password with every request.',
      notChecked: 'Which of the answers meant that a password was right.',
    }),
  ];
}

const isShortLogin = (connection: Connection): boolean =>
  LOGIN_PORTS.has(connection.serverPort) &&
  connection.established &&
  connection.syns.count > 0 &&
  connection.fromClient.bytes > 0 &&
  connection.fromServer.bytes > 0 &&
  connection.fromClient.bytes + connection.fromServer.bytes <= SESSION_BYTES &&
  connection.lastAt - connection.firstAt <= SESSION_SECONDS;

function hiddenGuessing(sessions: readonly Connection[], quotes: boolean): FindingDraft[] {
  const [first] = sessions;
  if (first === undefined || sessions.length < HIDDEN_SESSIONS) return [];
  const { client, server, serverPort } = first;
  const seconds =
    Math.max(...sessions.map(({ lastAt }) => lastAt)) - Math.min(...sessions.map(({ firstAt }) => firstAt));
  if (seconds > sessions.length * SESSION_GAP_SECONDS) return [];
  const { frames } = mergeEvidence(
    sessions.map(({ syns }) => ({ count: 1, frames: syns.frames.slice(0, 1) })),
  );
  return [
    draft('brute_force', {
      title: `${client} opened ${sessions.length} short sessions to the login port ${serverPort} of ${server}`,
      severity: grade([['high', sessions.length >= MANY_SESSIONS]], 'medium'),
      ...inferred('how the logins ended is encrypted'),
      actor: [client],
      target: [server],
      ports: [serverPort],
      evidence: { count: sessions.length, frames },
      // A SYN sent again, and sessions of other lengths, look the same to a filter.
      matching: null,
      filter: all(SYN_ONLY, between(client, server), `tcp.dstport == ${serverPort}`, notQuoted(quotes)),
      explanation: `${sessions.length} sessions of a few kilobytes each in ${duration(seconds)}: typical of guessed passwords.`,
      alternatives: 'A job that logs in often by key, or a monitoring check.',
      notChecked: 'The outcome of the logins, which is encrypted.',
    }),
  ];
}
