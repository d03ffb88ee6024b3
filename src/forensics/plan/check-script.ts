import { stripControls } from '../../domain/untrusted.ts';
import type { RunResult, SandboxSession } from '../../ports.ts';
import { CHECK_PATH, CHECK_PROGRAM, EMPTY_CAPTURE } from './check-program.ts';
import { nearest } from './nearest.ts';
import { type Objection, type ReadScript, readScript, readsPackets, tryOut } from './rules.ts';

/** How a check is run in the sandbox, and logged. */
export type RunCheck = (argv: readonly string[], stdin: Uint8Array, timeoutMs: number) => Promise<RunResult>;

/** Checks scripts of one session; what held once is not asked again. */
export interface ScriptChecker {
  /**
   * What is wrong with a script whose syntax is sound: rules that it breaks, programs that do not exist, and calls of
   * tshark that this very version refuses (filters, fields, statistics, options), each tried on a capture without
   * packets. A check that itself fails objects to nothing. Throws only what the session throws.
   */
  check(script: string, run: RunCheck): Promise<{ read: ReadScript; objections: readonly Objection[] }>;
}

const MAX_CALLS = 40;
const CHECK_MS = 40_000;
/** How the check program is started. */
export const CHECK_ARGV: readonly string[] = ['bash', CHECK_PATH];

export function createScriptChecker(session: Pick<SandboxSession, 'uploadBytes'>): ScriptChecker {
  const sound = new Set<string>();
  let uploaded: Promise<void> | null = null;
  return {
    async check(script, run) {
      const read = readScript(script);
      const asked = questionsOf(read, sound);
      if (asked.length === 0) return { read, objections: read.objections };
      await (uploaded ??= session.uploadBytes(new TextEncoder().encode(CHECK_PROGRAM), CHECK_PATH));
      const answer = await run(CHECK_ARGV, zeroEnded(asked.flatMap(({ words }) => words)), CHECK_MS);
      const refused = refusedBy(answer.stdout, asked);
      for (const { key } of asked) if (!refused.some((question) => question.key === key)) sound.add(key);
      const objections = [...read.objections, ...(await explained(refused, run))];
      return { read, objections: objections.toSorted((a, b) => a.line - b.line) };
    },
  };
}

interface Question {
  key: string;
  line: number;
  words: string[];
}

interface Refused extends Question {
  text: string;
}

function questionsOf({ calls, programs }: ReadScript, sound: ReadonlySet<string>): Question[] {
  const questions = new Map<string, Question>();
  for (const [name, line] of programs)
    questions.set(`program ${name}`, { key: `program ${name}`, line, words: ['program', name] });
  for (const call of calls.filter(readsPackets).slice(0, MAX_CALLS)) {
    const words = tryOut(call, EMPTY_CAPTURE);
    if (words === null || words.some((word) => word.includes('\0'))) continue;
    const key = `tshark ${JSON.stringify(words)}`;
    if (questions.has(key)) continue;
    const id = String(questions.size);
    questions.set(key, { key, line: call.line, words: ['tshark', id, String(words.length), ...words] });
  }
  return [...questions.values()].filter(({ key }) => !sound.has(key));
}

const zeroEnded = (words: readonly string[]) =>
  new TextEncoder().encode(words.map((word) => `${word}\0`).join(''));

function refusedBy(stdout: string, asked: readonly Question[]): Refused[] {
  return stdout.split(/^(?=@)/m).flatMap((answer) => {
    const missing = /^@missing (\S+)/.exec(answer)?.[1];
    if (missing !== undefined) {
      const question = asked.find(({ key }) => key === `program ${missing}`);
      const text = `${missing} is not installed in the sandbox.`;
      return question === undefined ? [] : [{ ...question, text }];
    }
    const [, id, status] = /^@tshark (\d+) (\d+)\n/.exec(answer) ?? [];
    const question = asked.find(({ words }) => words[0] === 'tshark' && words[1] === id);
    // A crash on no packets at all says nothing about the script.
    if (question === undefined || status === '0' || Number(status) > 125) return [];
    return [{ ...question, text: `tshark refuses this call: ${whatItSaid(answer)}` }];
  });
}

const MAX_SAID_LINES = 6;

/** The first lines of a message of tshark, without what it says at every start and without its manual. */
function whatItSaid(answer: string): string {
  const lines = stripControls(answer)
    .split('\n')
    .slice(1)
    .map((line) =>
      line
        .replace(/^ {2}/, '')
        .replace(/^tshark: /, '')
        .trimEnd(),
    )
    .filter((line) => line.trim() !== '' && !line.startsWith('Running as user'));
  const manual = lines.findIndex((line) => /^(?:Usage:|TShark: The available)/.test(line));
  return lines.slice(0, manual < 0 ? MAX_SAID_LINES : Math.min(manual, MAX_SAID_LINES)).join('\n  ');
}

const MAX_UNKNOWN = 4;

/** Names of fields that exist and look like one that does not: a model that is told them need not guess. */
async function explained(refused: readonly Refused[], run: RunCheck): Promise<Objection[]> {
  const unknown = [...new Set(refused.flatMap(({ text }) => unknownFields(text)))].slice(0, MAX_UNKNOWN);
  if (unknown.length === 0) return refused.map(({ line, text }) => ({ line, text }));
  const words = unknown.flatMap((name) => {
    const [prefix = '', ...others] = name.split('.');
    return ['fields', prefix, others.join('.')];
  });
  const answer = await run(CHECK_ARGV, zeroEnded(words), CHECK_MS);
  const known = [...answer.stdout.matchAll(/^@field (\S+)$/gm)].map(([, name = '']) => name);
  return refused.map(({ line, text }) => {
    const hints = unknownFields(text).flatMap((name) => {
      const like = nearest(name, known);
      return like.length === 0 ? [] : [`\n  instead of ${name} there is: ${like.join(', ')}`];
    });
    return { line, text: text + hints.join('') };
  });
}

function unknownFields(text: string): string[] {
  const listed = /Some fields aren't valid:\n([\s\S]*)/.exec(text)?.[1]?.split('\n') ?? [];
  const named =
    /"?([\w.-]+)"? is (?:not a valid protocol or protocol field|neither a field nor a protocol name)/.exec(
      text,
    )?.[1] ?? /must be a field or function, not "?([\w.-]+)/.exec(text)?.[1];
  return [...listed, named ?? '']
    .map((name) => name.trim().replace(/\.+$/, ''))
    .filter((name) => /^[A-Za-z_][\w-]*(?:\.[\w-]+)+$/.test(name));
}
