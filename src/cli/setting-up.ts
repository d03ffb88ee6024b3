import { createStreamLog } from '../app.ts';
import { readConfig, type Config } from '../config.ts';
import type { Log } from '../ports.ts';
import type { Shell } from './command.ts';

/** Options that every command takes. */
export const COMMON_OPTIONS = {
  'state-dir': { type: 'string' },
  session: { type: 'string' },
} as const;

export interface CommonValues {
  'state-dir'?: string | undefined;
  session?: string | undefined;
}

/** Flags win over the environment by taking the place of their variables. */
export function configOf(values: CommonValues, { env, cwd }: Shell): Config {
  return readConfig(
    {
      ...env,
      ...(values['state-dir'] === undefined ? {} : { CAPWRIGHT_STATE_DIR: values['state-dir'] }),
      ...(values.session === undefined ? {} : { CAPWRIGHT_SESSION_ID: values.session }),
    },
    cwd,
  );
}

/** A person at the shell sees only errors of ours; servers log more. CAPWRIGHT_DEBUG=1 shows everything. */
export function logOf({ stderr, env }: Shell, level: 'info' | 'error'): Log {
  return createStreamLog(stderr, env['CAPWRIGHT_DEBUG'] === '1' ? 'debug' : level);
}
