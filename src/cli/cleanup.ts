import { parseArgs } from 'node:util';
import { createApp, createForensics, startWatchdog, type App } from '../app.ts';
import type { CleanupView } from '../domain/views.ts';
import type { OnProgress } from '../ports.ts';
import { inertJson } from '../domain/inert-json.ts';
import { cleanupLines } from './cleanup-lines.ts';
import type { Command, Shell } from './command.ts';
import { createProgressLine } from './progress-line.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';

const LOOK_SECONDS = 5;

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
  const watchdog = startWatchdog();
  try {
    const view = await app.cleanupOrphans(values.apply === undefined ? {} : { plan_id: values.apply }, {
      signal: shell.stop,
      progress: progress.show,
    });
    await finishResumed(app, view, shell, progress.show);
    shell.stdout.write(values.json ? `${inertJson(view, 2)}\n` : cleanupLines(view));
    return view.items.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  } finally {
    progress.end();
    watchdog.stop();
    await app.close();
    forensics.close();
  }
};

/** A server would go on with what it took over; this process has to stay until nothing of it is left in Azure. */
async function finishResumed(app: App, view: CleanupView, shell: Shell, show: OnProgress): Promise<void> {
  const resumed = view.items.filter(({ kind, outcome }) => kind === 'task' && outcome === 'done');
  for (const { name } of resumed) {
    const look = () =>
      app.checkTask({ task_id: name, wait_seconds: LOOK_SECONDS }, { signal: shell.stop, progress: show });
    while (!shell.stop.aborted && !(await look()).cleaned_up) {
      show({ fraction: null, message: `finishing task ${name}; Ctrl-C leaves the rest to the next server` });
    }
  }
}
