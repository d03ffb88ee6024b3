import { type Failure, failureOf, sourceAt } from './failure.ts';
import type { Observed, ObservedCommand } from './observe.ts';

export interface GoodRun {
  script: string;
  stdout: string;
  observed: Observed;
  /** The file ends in the middle of a packet or is broken: tshark then ends with exit code 2, having read the rest. */
  damaged: boolean;
}

/** What is wrong with a run that ended with exit code 0 all the same; null where nothing is. */
export function judgeOutput({ script, stdout, observed, damaged }: GoodRun): Failure | null {
  const refused = observed.commands.filter((command) => isRefusal(command, script, damaged));
  const reads = observed.commands.filter(({ command }) => /^tshark .*-\S*r/.test(command));
  const details = [...refused.map((command) => hidden(command, script)), ...messages(observed.stderr)];
  if (reads.length > 0 && reads.every((command) => refused.includes(command))) {
    return failureOf(
      'It ended with exit code 0, but every call of tshark failed and the errors were hidden.',
      details,
    );
  }
  if (stdout.trim() === '') return failureOf('It ended with exit code 0 but printed nothing.', details);
  if (!stdout.split('\n').some(isAnswer)) {
    return failureOf('It ended with exit code 0 but printed titles and no answer.', details);
  }
  if (details.length > 0) {
    return failureOf('It ended with exit code 0, but tshark refused a command in it.', details);
  }
  return null;
}

/** A title, a rule or an empty line answers nothing. */
const isAnswer = (line: string) => !/^\s*(?:={2,}.*={2,}|#{1,6} .*|-{2,}.*-{2,}|[=#*_-]*)\s*$/.test(line);

/** Whether a capture tool failed for a reason of its own, not because its reader had enough or the file is cut short. */
function isRefusal({ exitCode, line }: ObservedCommand, script: string, damaged: boolean): boolean {
  if (exitCode === null || exitCode === 0 || exitCode === 141) return false;
  return (
    exitCode !== 2 ||
    !(damaged || /\bhead\b|\bgrep\s+-\w*[qm]|\bexit\b|\bsed\b.*q/.test(sourceAt(script, line)))
  );
}

const hidden = ({ line, exitCode, command }: ObservedCommand, script: string) =>
  `line ${line}: exit code ${exitCode}: ${command}\n${sourceAt(script, line)}`;

const REFUSALS = [
  /^tshark: Some fields aren't valid:(?:\n\t[^\n]*)*/gm,
  /^tshark: [^\n]*(?:is not a valid|isn't a valid|is neither a field nor|must be a field or function|was unexpected in this context|syntax error)[^\n]*/gim,
  /^tshark: Couldn't register [^\n]*/gm,
  /^tshark: Invalid [^\n]*/gm,
];

/** What tshark says of fields, filters and statistics that it does not know. */
function messages(stderr: string): string[] {
  return REFUSALS.flatMap((refusal) => [...stderr.matchAll(refusal)].map(([text]) => text)).slice(0, 8);
}
