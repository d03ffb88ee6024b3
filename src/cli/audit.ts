import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAuditCheck } from '../app.ts';
import type { AuditVerdict } from '../domain/audit-verdict.ts';
import { inertJson } from '../domain/inert-json.ts';
import { UsageError, type Command } from './command.ts';
import { COMMON_OPTIONS, configOf } from './setting-up.ts';

/** `capwright audit verify FILE`: whether an audit file is what was written; 1 where it is not. */
export const audit: Command = async (args, shell) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'state-dir': COMMON_OPTIONS['state-dir'], json: { type: 'boolean', default: false } },
  });
  const [action, file, ...rest] = positionals;
  if (action !== 'verify' || file === undefined || rest.length > 0) {
    throw new UsageError('audit takes verify and one FILE');
  }
  const verify = createAuditCheck(configOf(values, shell));
  const verdict = await verify(resolve(shell.cwd, file), shell.stop);
  shell.stdout.write(values.json ? `${inertJson(verdict, 2)}\n` : describe(verdict));
  return verdict.intact ? 0 : 1;
};

const MOST_NAMED = 20;

function describe({ intact, lines, session_id: session, flaw, journal }: AuditVerdict): string {
  const of = session === null ? '' : ` of session ${session}`;
  const head = `${intact ? 'intact' : 'not intact'}: ${lines} ${lines === 1 ? 'line' : 'lines'}${of}`;
  const bad = flaw === null ? [] : [`line ${flaw.line} (${flaw.kind}): ${flaw.why}`];
  const named = journal.missing
    .slice(0, MOST_NAMED)
    .map(({ task_id: task, seq }) => `missing: task ${task}, seq ${seq}`);
  const unnamed = journal.missing.length - named.length;
  const more = unnamed > 0 ? [`missing: ${unnamed} more; --json names them`] : [];
  const spoilt = journal.unreadable
    .slice(0, MOST_NAMED)
    .map(({ task_id: task, seq }) => `damaged in the journal: task ${task}, seq ${seq}`);
  const end = journal.checked
    ? 'checked against the journal'
    : `the end was not checked: ${journal.why}; name its state directory with --state-dir`;
  return `${[head, ...bad, ...named, ...more, ...spoilt, end].join('\n')}\n`;
}
