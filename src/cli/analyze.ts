import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDebugFolder, createForensics } from '../app.ts';
import type { Analysis } from '../domain/analysis.ts';
import { inertJson } from '../domain/inert-json.ts';
import { usageText } from '../domain/model-usage.ts';
import { maskSecrets } from '../domain/secrets.ts';
import { oneLine } from '../server/one-line.ts';
import { MAX_LINE, UsageError, type Command, type Shell } from './command.ts';
import { createProgressLine } from './progress-line.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';
import { writeResults } from './write-results.ts';

/** `capwright analyze FILE`: whoever is at the shell may name any file that they can read. */
export const analyze: Command = async (args, shell) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...COMMON_OPTIONS,
      json: { type: 'boolean', default: false },
      context: { type: 'string' },
      llm: { type: 'string', default: 'auto' },
      privacy: { type: 'string', default: 'full' },
      verify: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) {
    throw new UsageError('analyze takes one FILE');
  }
  if (values.llm !== 'auto' && values.llm !== 'off') {
    throw new UsageError('--llm is auto or off');
  }
  if (values.privacy !== 'full' && values.privacy !== 'facts-only') {
    throw new UsageError('--privacy is full or facts-only');
  }
  const progress = createProgressLine(shell);
  const config = configOf(values, shell);
  const log = logOf(shell, 'error');
  const forensics = createForensics(config, log);
  const debug = createDebugFolder(config, forensics.clock, log);
  try {
    const file = await forensics.files.inspect(path, 'anywhere', shell.stop);
    const analysis = await forensics.analyze(
      {
        file,
        context: values.context === undefined ? null : maskSecrets(values.context),
        llm: values.llm,
        privacy: values.privacy,
        verify: values.verify,
        withoutSandbox: 'overview',
        ...(debug && { keep: (name, content) => debug(`attempts/${name}`, content) }),
      },
      { signal: shell.stop, progress: progress.show },
    );
    progress.end();
    await debug?.('report.md', analysis.report);
    await debug?.('plan.sh', analysis.script);
    await debug?.('analysis.json', `${JSON.stringify(analysis, null, 2)}\n`);
    tellLimits(analysis, shell);
    if (values.out !== undefined) {
      const html = await writeResults(resolve(shell.cwd, values.out), analysis, forensics.page);
      shell.stderr.write(`capwright: the report as a page: ${html}\n`);
    }
    shell.stdout.write(values.json ? `${inertJson(analysis, 2)}\n` : `${analysis.report}\n`);
    return 0;
  } finally {
    progress.end();
    forensics.close();
  }
};

/** What of the result is not to be missed, whatever is printed. */
function tellLimits({ partial, verification, usage }: Analysis, { stderr }: Shell): void {
  if (partial !== null) stderr.write(`capwright: partial analysis: ${oneLine(partial, MAX_LINE)}\n`);
  const { claims, confirmed, struck } = verification;
  if (claims > 0) {
    stderr.write(
      `capwright: claims of the model: ${claims} checked, ${confirmed} confirmed, ${struck} struck\n`,
    );
  }
  if (usage !== null && usage.calls > 0) stderr.write(`capwright: model: ${usageText(usage)}\n`);
}
