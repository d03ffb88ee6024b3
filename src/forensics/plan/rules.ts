import { readShellScript, type ShellScript } from './shell-script.ts';
import type { Option } from './tshark-options.ts';
import { programsOf, type TsharkCall, tsharkCalls } from './tshark-calls.ts';

/** Something in a script that needs no run to be known as wrong, in our own words. */
export interface Objection {
  /** Line of the script, from 1. */
  line: number;
  text: string;
}

/** What of a script can be known before it runs. */
export interface ReadScript {
  calls: readonly TsharkCall[];
  /** Programs that it calls unasked, with the first line. */
  programs: ReadonlyMap<string, number>;
  objections: readonly Objection[];
}

/** Reads a script whose syntax is sound, and holds it against the rules of PLANNER_SYSTEM. Never throws. */
export function readScript(text: string): ReadScript {
  const script = readShellScript(text);
  const calls = tsharkCalls(script);
  return {
    calls,
    programs: programsOf(script),
    objections: [...calls.flatMap(objectionsTo), ...forbiddenIn(script)].toSorted((a, b) => a.line - b.line),
  };
}

/** Calls that read no capture on purpose. */
const ASKS_ONLY = new Set(['-G', '-v', '--version', '-h', '--help', '-D', '-L']);

/** Whether a call is about packets, not about tshark itself. */
export const readsPackets = ({ options }: TsharkCall): boolean =>
  !options.some(({ name }) => ASKS_ONLY.has(name));

function objectionsTo(call: TsharkCall): Objection[] {
  if (!readsPackets(call)) return [];
  const has = (name: string) => call.options.find((option) => option.name === name);
  const found: string[] = [];
  if (has('-i') !== undefined)
    found.push('tshark -i captures live; there is no network. Read the file with -r.');
  else if (has('-r') === undefined && !call.partly)
    found.push('this tshark call has no -r, so it would capture live instead of reading the file.');
  if (has('-X') !== undefined) found.push('tshark -X is not allowed.');
  if (has('-c') !== undefined && has('-Y') !== undefined)
    found.push(
      'tshark -c counts the packets read, not those that -Y matches, so this looks at the first packets only: limit lines with awk instead.',
    );
  const written = has('-w')?.value ?? null;
  if (written !== null && isOutside(written)) found.push('tshark -w writes outside /workspace.');
  return found.map((text) => ({ line: call.line, text }));
}

const isOutside = (path: string) =>
  path.startsWith('/') ? !path.startsWith('/workspace/') && path !== '/dev/null' : path.startsWith('..');

const FORBIDDEN: Record<string, string> = {
  eval: 'eval is not allowed: what packets say must never be executed.',
  sudo: 'there is no root in the sandbox.',
  ...Object.fromEntries(
    ['curl', 'wget', 'nc', 'ncat', 'netcat', 'ssh', 'scp', 'ping', 'dig', 'nslookup', 'host', 'whois'].map(
      (name) => [name, `${name} needs a network, and there is none.`],
    ),
  ),
  ...Object.fromEntries(
    ['apt', 'apt-get', 'apk', 'yum', 'dnf', 'pip', 'pip3', 'npm'].map((name) => [
      name,
      `${name} installs packages; the sandbox has what is listed and nothing else.`,
    ]),
  ),
};

function forbiddenIn(script: ShellScript): Objection[] {
  return [...programsOf(script)].flatMap(([name, line]) => {
    const text = Object.hasOwn(FORBIDDEN, name) ? FORBIDDEN[name] : undefined;
    return text === undefined ? [] : [{ line, text }];
  });
}

/** The arguments with which a call can be tried on a capture without packets; null where that would leave traces. */
export function tryOut({ options, partly }: TsharkCall, emptyCapture: string): string[] | null {
  if (options.some(({ name }) => name.startsWith('--export'))) return null;
  const known = options.filter(({ value, name }) => value !== null && !(name === '' && value === undefined));
  const isPartly = partly || known.length < options.length;
  const hasFields = known.some(({ name }) => name === '-e');
  const kept = known.filter(({ name }) => hasFields || !isPartly || (name !== '-T' && name !== '-E'));
  const files: Option[] = [{ name: '-r', value: emptyCapture }];
  const rest = kept.filter(({ name }) => !['-r', '-w', '-i', '-X', '-c', '-2'].includes(name));
  const twoPasses = kept.some(({ name }) => name === '-R' || name === '-2') ? ['-2'] : [];
  return [...twoPasses, ...[...files, ...rest].flatMap(written)];
}

function written({ name, value }: Option): string[] {
  const words = name === '' ? [] : [name];
  return value === undefined || value === null ? words : [...words, value];
}

/** Display filters that are written out in full in the script, each once, with the line of its call. */
export function filtersOf(calls: readonly TsharkCall[]): Map<string, number> {
  const filters = new Map<string, number>();
  for (const { options, line } of calls)
    for (const { name, value } of options)
      if ((name === '-Y' || name === '-R') && typeof value === 'string' && !filters.has(value.trim()))
        filters.set(value.trim(), line);
  return filters;
}
