import { ConfigError } from '../config.ts';
import { CapwrightError } from '../domain/errors.ts';
import { stripControls } from '../domain/untrusted.ts';
import { oneLine } from '../server/one-line.ts';
import { MAX_LINE, UsageError, type Command, type ExitCode, type Shell } from './command.ts';
import { HELP } from './help.ts';
import { version } from './version.ts';

/** Each command is loaded when it is asked for, so that none waits for what another needs. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./serve.ts')).serve,
  analyze: async () => (await import('./analyze.ts')).analyze,
  flow: async () => (await import('./flow.ts')).flow,
  replay: async () => (await import('./replay.ts')).replay,
  demo: async () => (await import('./demo.ts')).demo,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'local-azure': async () => (await import('./local-azure.ts')).localAzure,
  audit: async () => (await import('./audit.ts')).audit,
  cleanup: async () => (await import('./cleanup.ts')).cleanup,
};

/** Runs one command line and returns the exit code; everything that goes wrong ends in one clear line on stderr. */
export async function run(argv: string[]): Promise<ExitCode> {
  const shell = processShell();
  const [name = '--help', ...args] = argv;
  const load = COMMANDS[name];
  try {
    const asksForHelp = args.includes('--help') && name !== 'local-azure';
    if (load !== undefined && !asksForHelp) {
      const command = await load();
      return await command(args, shell);
    }
    if (name === '--version') {
      shell.stdout.write(`${version()}\n`);
      return 0;
    }
    if (name === '--help' || name === 'help' || load !== undefined) {
      shell.stdout.write(HELP);
      return 0;
    }
    throw new UsageError(`there is no command "${name.slice(0, 40)}"`);
  } catch (error) {
    return explain(error, shell);
  }
}

function processShell(): Shell {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, cwd: process.cwd(), stop: stop.signal };
}

function explain(error: unknown, { stderr, stop, env }: Shell): ExitCode {
  if (error instanceof UsageError || isParseArgsError(error)) {
    stderr.write(`capwright: ${oneLine(error.message, MAX_LINE)}; see capwright --help\n`);
    return 2;
  }
  if (stop.aborted) {
    stderr.write('capwright: stopped\n');
    return 1;
  }
  if (error instanceof CapwrightError) {
    stderr.write(`capwright: ${oneLine(`${error.message} ${error.next}`, MAX_LINE)}\n`);
    return 1;
  }
  if (error instanceof ConfigError) {
    stderr.write(`capwright: wrong setting: ${oneLine(error.message, MAX_LINE)}\n`);
    return 2;
  }
  const detail =
    env['CAPWRIGHT_DEBUG'] === '1' && error instanceof Error ? `\n${stripControls(error.stack ?? '')}` : '';
  stderr.write(`capwright: an unexpected error; set CAPWRIGHT_DEBUG=1 to see it${detail}\n`);
  return 1;
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
