import { parseArgs } from 'node:util';
import { createDebugFolder, createForensics } from '../app.ts';
import { inertJson } from '../domain/inert-json.ts';
import { usageText } from '../domain/model-usage.ts';
import { maskSecrets } from '../domain/secrets.ts';
import { oneLine } from '../server/one-line.ts';
import { MAX_LINE, UsageError, type Command } from './command.ts';
import { createProgressLine } from './progress-line.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';

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
      verify: { type: 'boolean', default: false },
    },
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) {
    throw new UsageError('analyze takes one FILE');
  }
  if (values.llm !== 'auto' && values.llm !== 'off') {
    throw new UsageError('--llm is auto or off');
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
    if (analysis.partial !== null) {
      shell.stderr.write(`capwright: partial analysis: ${oneLine(analysis.partial, MAX_LINE)}\n`);
    }
    const { claims, confirmed, struck } = analysis.verification;
    if (claims > 0) {
      shell.stderr.write(
        `capwright: claims of the model: ${claims} checked, ${confirmed} confirmed, ${struck} struck\n`,
      );
    }
    if (analysis.usage !== null && analysis.usage.calls > 0) {
      shell.stderr.write(`capwright: model: ${usageText(analysis.usage)}\n`);
    }
    shell.stdout.write(values.json ? `${inertJson(analysis, 2)}\n` : `${analysis.report}\n`);
    return 0;
  } finally {
    progress.end();
    forensics.close();
  }
};
