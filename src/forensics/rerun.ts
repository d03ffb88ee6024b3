import { CapwrightError } from '../domain/errors.ts';
import { harmlessText } from '../domain/harmless.ts';
import type { Rerun } from '../domain/replay.ts';
import type { Sandbox } from '../ports.ts';
import { scriptTimeoutMs } from './script-limits.ts';
import { OUTPUT_BYTES } from './plan/judge-exit.ts';
import { SCRIPT_PATH } from './run-script.ts';
import { type FindSecrets, hideSecrets } from './spoken-secrets.ts';

/** As in an analysis, whose script has room for notes of its own beside what it may print. */
const MAX_OUTPUT_BYTES = 2 * OUTPUT_BYTES;
const SHORT_MS = 15_000;

export interface RerunDeps {
  sandbox: Pick<Sandbox, 'open'>;
  findSecrets: FindSecrets;
}

/** Runs a stored script as an analysis would, in a sandbox of its own that has seen no other; throws what that throws. */
export function createRerun({ sandbox, findSecrets }: RerunDeps): Rerun {
  return async ({ path, bytes, script, byModel, signal }) => {
    const opened = await sandbox.open({ capturePath: path, signal });
    const session = byModel ? hideSecrets(opened, findSecrets, { bytes, signal }) : opened;
    try {
      await session.uploadBytes(new TextEncoder().encode(script), SCRIPT_PATH);
      const run = (argv: readonly string[], timeoutMs: number) =>
        session.run({ argv, timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES, signal });
      await run(['chmod', '+x', SCRIPT_PATH], SHORT_MS);
      const result = await run(['/bin/bash', SCRIPT_PATH], scriptTimeoutMs(bytes));
      if (result.outcome === 'engine_gone' || result.outcome === 'cancelled') {
        throw new CapwrightError('SANDBOX_FAILED', 'The sandbox ended during the script.', 'Try again.');
      }
      return {
        stdout: harmlessText(result.stdout.slice(0, OUTPUT_BYTES)),
        stderr: harmlessText(result.stderr),
        exitCode: result.exitCode,
        tools: `${session.isolation.description}; ${session.tsharkVersion}`,
      };
    } finally {
      await session.stop();
    }
  };
}
