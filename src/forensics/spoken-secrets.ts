import { CAPTURE_PATH, type RunCommand, type RunResult, type SandboxSession } from '../ports.ts';
import { createMask } from '../domain/known-secrets.ts';
import { createLineReader } from './measure/lines.ts';
import { passMs } from './measure/pass.ts';
import { mustGoOn } from './measure/reading.ts';
import { SCRIPT_PATH } from './run-script.ts';

/** Finds the secrets that are sent in the clear in a session's capture, or in `packets`, a capture of their own. Throws what `mustGoOn` throws. */
export type FindSecrets = (
  session: SandboxSession,
  capture: { bytes: number; signal: AbortSignal; packets?: Uint8Array },
) => Promise<Set<string>>;

/**
 * The session, with the secrets of its capture masked in what scripts print: a script may print a password alone, which
 * nothing in the text tells from any other word. They are looked for when the first script has run.
 */
export function hideSecrets(
  session: SandboxSession,
  find: FindSecrets | undefined,
  capture: { bytes: number; signal: AbortSignal },
): SandboxSession {
  if (find === undefined) return session;
  let mask: Promise<(text: string) => string> | null = null;
  const run = async (command: RunCommand): Promise<RunResult> => {
    const result = await session.run(command);
    if (command.argv[1] !== SCRIPT_PATH || command.argv[0] === 'chmod') return result;
    mask ??= find(session, capture).then(createMask);
    const hide = await mask;
    return { ...result, stdout: hide(result.stdout), stderr: hide(result.stderr) };
  };
  return {
    get isolation() {
      return session.isolation;
    },
    get tsharkVersion() {
      return session.tsharkVersion;
    },
    get tools() {
      return session.tools;
    },
    uploadFile: (localPath, sandboxPath) => session.uploadFile(localPath, sandboxPath),
    uploadBytes: (bytes, sandboxPath) => session.uploadBytes(bytes, sandboxPath),
    run,
    stop: () => session.stop(),
  };
}

const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
const MAX_SECRETS = 1_000;
const SEPARATOR = '\u001f';

/** What each field holds: the secret itself, or something that holds it. Each exists in tshark 4.0 and 4.4. */
const FIELDS: Record<string, (values: readonly string[]) => string[]> = {
  'imap.request.password': own,
  'smtp.auth.password': own,
  'smtp.auth.username_password': own,
  'snmp.community': own,
  'ldap.simple': own,
  'pap.password': own,
  'pgsql.password': own,
  'mysql.passwd': own,
  'socks.password': own,
  'hsrp.auth_data': own,
  'sip.auth.digest.response': own,
  'http.authbasic': (values) => values.flatMap((value) => [value, value.slice(value.indexOf(':') + 1)]),
  'http.authorization': credentials,
  'http.proxy_authorization': credentials,
  'http.cookie': cookies,
  'http.set_cookie': cookies,
};
/** Those that are secrets beside a certain word only. */
const COMMANDS = ['ftp.request.command', 'pop.request.command', 'urlencoded-form.key'] as const;
const ARGUMENTS = ['ftp.request.arg', 'pop.request.parameter', 'urlencoded-form.value'] as const;
const SECRET_WORD = /^pass$|passw|pwd|passphrase|kennwort|secret|token|otp|pin$|api.?key/i;
const TELNET = ['tcp.stream', 'tcp.srcport', 'telnet.data'] as const;
const NAMES = [...Object.keys(FIELDS), ...COMMANDS, ...ARGUMENTS, ...TELNET];

const FILTER = [...Object.keys(FIELDS), ...COMMANDS, 'telnet.data'].join(' || ');

/** One more pass of tshark over the capture, for the packets that may hold a secret. */
export const findSecrets: FindSecrets = async (session, { bytes, signal, packets }) => {
  const found = new Set<string>();
  const typed = createTyped();
  const add = (secret: string): void => void (found.size < MAX_SECRETS && secret !== '' && found.add(secret));
  const lines = createLineReader((line) => {
    const columns = line.split('\t').map((value) => (value === '' ? [] : value.split(SEPARATOR)));
    const valuesOf = (name: string): string[] => columns[NAMES.indexOf(name)] ?? [];
    for (const [name, secretsIn] of Object.entries(FIELDS)) secretsIn(valuesOf(name)).forEach(add);
    for (const [index, command] of COMMANDS.entries()) {
      const given = valuesOf(ARGUMENTS[index] ?? '');
      valuesOf(command).forEach((word, at) => SECRET_WORD.test(word) && add(given[at] ?? ''));
    }
    const [stream = '', port = '', ...said] = TELNET.flatMap((name) => valuesOf(name));
    typed(stream, port, said.join('')).forEach(add);
  });
  const fields = NAMES.flatMap((name) => ['-e', name]);
  const shape = ['-T', 'fields', '-E', 'separator=/t', '-E', `aggregator=${SEPARATOR}`, '-E', 'occurrence=a'];
  const result = await session.run({
    argv: [
      'tshark',
      '-n',
      '-r',
      packets === undefined ? CAPTURE_PATH : '-',
      '-Y',
      FILTER,
      ...shape,
      ...fields,
    ],
    ...(packets !== undefined && { stdin: packets }),
    timeoutMs: passMs(bytes),
    maxOutputBytes: MAX_OUTPUT_BYTES,
    onStdout: (chunk) => lines.push(chunk),
    signal,
  });
  lines.end();
  mustGoOn(result, signal);
  return found;
};

function own(values: readonly string[]): string[] {
  return [...values];
}

/** "Basic …" and "Bearer …", the login of the first also decoded. */
function credentials(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const token = value.slice(value.indexOf(' ') + 1);
    if (!/^[\w+/]{8,}={0,2}$/.test(token) || token.replace(/=+$/, '').length % 4 === 1) return [token];
    const login = atob(token);
    return [token, login, login.slice(login.indexOf(':') + 1)];
  });
}

function cookies(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(';').map((part) => part.slice(part.indexOf('=') + 1).trim()));
}

const MAX_TYPED = 128;
const MAX_STREAMS = 10_000;

/** What is typed after the other side asked for a password, up to the end of the line. */
function createTyped(): (stream: string, port: string, said: string) => string[] {
  const asked = new Map<string, { by: string; typed: string }>();
  return (stream, port, said) => {
    if (said === '') return [];
    const question = asked.get(stream);
    if (question !== undefined && question.by !== port) {
      const typed = `${question.typed}${said}`.slice(0, MAX_TYPED);
      const end = /[\r\n]|\\r|\\n|\\000/.exec(typed);
      if (end === null) asked.set(stream, { ...question, typed });
      else asked.delete(stream);
      return end === null ? [] : [typed.slice(0, end.index)];
    }
    if (/(?:passw(?:or[dt])?|kennwort|passcode|pin)\W*$/i.test(said) && asked.size < MAX_STREAMS)
      asked.set(stream, { by: port, typed: '' });
    return [];
  };
}
