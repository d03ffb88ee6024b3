import { parseArgs } from 'node:util';
import { createApp, createForensics } from '../app.ts';
import type { CleanupView } from '../domain/views.ts';
import type { Command } from './command.ts';
import { createProgressLine } from './progress-line.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';

/** `capwright cleanup`: shows a plan; only with the plan's id is anything deleted. */
export const cleanup: Command = async (args, shell) => {
  const { values } = parseArgs({
    args,
    options: { ...COMMON_OPTIONS, apply: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const config = configOf(values, shell);
  const log = logOf(shell, 'error');
  const forensics = createForensics(config, log);
  const app = await createApp(config, forensics, log);
  const progress = createProgressLine(shell);
  try {
    const view = await app.cleanupOrphans(values.apply === undefined ? {} : { plan_id: values.apply }, {
      signal: shell.stop,
      progress: progress.show,
    });
    shell.stdout.write(values.json ? `${JSON.stringify(view, null, 2)}\n` : describe(view));
    return view.items.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  } finally {
    progress.end();
    await app.close();
    forensics.close();
  }
};

function describe({ items, searched, plan_id: planId, applied }: CleanupView): string {
  const lines = items.map(
    ({ kind, name, reason, action, outcome }) =>
      `${applied ? outcome : action}  ${kind}  ${name}  (${reason})`,
  );
  const where = searched.map((place) => `searched ${place}`);
  const next = planId === null ? [] : [`To carry this out: capwright cleanup --apply ${planId}`];
  return `${[...where, ...lines, ...next].join('\n')}\n`;
}
