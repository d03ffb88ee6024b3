/** Why an attempt does not count. */
export interface Failure {
  /** What went wrong, in our own words; nothing of the script or of packets. */
  problem: string;
  /** Where and how: lines of the script, messages of tools. Untrusted. */
  details: string;
  /** The same for the same failure, wherever in the script it comes about. */
  key: string;
}

const MAX_DETAILS = 4_000;

/** A failure with its key made from what went wrong, not from where; `said` is what else tells two of them apart. */
export function failureOf(problem: string, details: readonly string[] = [], said = ''): Failure {
  const what = [...details.toSorted(), said].map((text) => text.replaceAll(WHERE, ''));
  return {
    problem,
    details: details.join('\n').slice(0, MAX_DETAILS),
    key: [problem, ...what].join('\n'),
  };
}

/** Numbers of lines and frames, and times: they change while the failure stays. */
const WHERE = /\bline \d+|^ +\d+ \| *|\d+\.\d+ s\b|\bframes? [\d, ]+/gm;

const MOST_LINES = 6;

/** A command of a script as it stands there, from the given line to the end of its continuation. */
export function sourceAt(script: string, line: number): string {
  const lines = script.split('\n').slice(line - 1, line - 1 + MOST_LINES);
  const end = lines.findIndex((text) => !/(?:\\|\||&&)\s*$/.test(text));
  return lines
    .slice(0, end < 0 ? MOST_LINES : end + 1)
    .map((text, index) => `  ${line + index} | ${text.slice(0, 300)}`)
    .join('\n');
}
