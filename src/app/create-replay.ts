import { createCopiedArtefacts } from '../adapters/local-files/debug-copies.ts';
import { createReplay, type Replay } from '../capture/replay.ts';
import type { Config } from '../config.ts';
import type { CaptureFiles, Log, Sandbox } from '../ports.ts';

/** Runs scripts of the state directory again; the sandbox is loaded when the first is. */
export function createReplayOf(
  config: Config,
  { files, sandbox }: { files: CaptureFiles; sandbox: Sandbox },
  log: Log,
): Replay {
  return createReplay({
    artefacts: createCopiedArtefacts(config, log),
    files,
    rerun: async (input) => {
      const [{ createRerun }, { findSecrets }] = await Promise.all([
        import('../forensics/rerun.ts'),
        import('../forensics/spoken-secrets.ts'),
      ]);
      return createRerun({ sandbox, findSecrets })(input);
    },
  });
}
