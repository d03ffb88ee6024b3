import { parseArgs } from 'node:util';
import { createForensics } from '../app.ts';
import { parseBetween, parseFrames, parseStream, type FlowQuery } from '../domain/flow-query.ts';
import { inertJson } from '../domain/inert-json.ts';
import { UsageError, type Command } from './command.ts';
import { createProgressLine } from './progress-line.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';

/** `capwright flow FILE`: single packets or one conversation of a capture, told by tshark in the sandbox. */
export const flow: Command = async (args, shell) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...COMMON_OPTIONS,
      stream: { type: 'string' },
      between: { type: 'string' },
      frames: { type: 'string' },
      json: { type: 'boolean', default: false },
      follow: { type: 'boolean', default: false },
    },
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) {
    throw new UsageError('flow takes one FILE');
  }
  const query = queryOf(values);
  if (values.follow && query.kind !== 'stream') {
    throw new UsageError('--follow shows one conversation: give it by --stream');
  }
  const shape = values.follow ? 'followed' : values.json ? 'decoded' : 'summary';
  const progress = createProgressLine(shell);
  const forensics = createForensics(configOf(values, shell), logOf(shell, 'error'));
  try {
    const file = await forensics.files.inspect(path, 'anywhere', shell.stop, 'when asked for');
    const call = { signal: shell.stop, progress: progress.show };
    const drilled = await forensics.drillDown({ file, query, shape }, call);
    progress.end();
    shell.stdout.write(values.json ? `${inertJson(drilled, 2)}\n` : asText(drilled));
    return 0;
  } finally {
    progress.end();
    forensics.close();
  }
};

function queryOf(values: { stream?: string; between?: string; frames?: string }): FlowQuery {
  const { stream, between, frames } = values;
  const given = [stream, between, frames].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new UsageError('flow takes one of --stream, --between and --frames');
  }
  const query =
    stream !== undefined
      ? parseStream(stream)
      : between !== undefined
        ? parseBetween(between)
        : parseFrames(frames ?? '');
  if (query === null) {
    throw new UsageError(
      'packets are named as --stream tcp:12, --between 10.0.0.4:443,10.0.0.9 or --frames 100-200',
    );
  }
  return query;
}

type DrilledDown = Awaited<ReturnType<ReturnType<typeof createForensics>['drillDown']>>;

/** Every line of what packets say begins with a frame number or a bar, so that none passes for one of ours. */
function asText({ packets, followed, matched, notes, isolation }: DrilledDown): string {
  const said =
    followed === null
      ? packets.map(({ frame, content }) => `${String(frame).padStart(7)} | ${lineOf(content)}`)
      : followed.split('\n').map((line) => `        | ${line}`);
  const ours = [
    `${matched} packets, told by tshark in ${isolation.description}. What stands behind the bars was written by packets.`,
    ...said,
    ...notes.map((note) => `note: ${note}`),
  ];
  return `${ours.join('\n')}\n`;
}

const lineOf = (content: string | object): string =>
  typeof content === 'string' ? content : inertJson(content);
