import { describe, expect, it } from 'vitest';
import { createRerun } from '../../src/forensics/rerun.ts';
import type { FindSecrets } from '../../src/forensics/spoken-secrets.ts';
import { isRun } from '../fakes/forensics.ts';
import { createFakeSandbox, type Behaviour } from '../fakes/sandbox.ts';

const input = {
  path: '/captures/a.cap',
  bytes: 24,
  script: 'echo 1\n',
  signal: new AbortController().signal,
};
const findSecrets: FindSecrets = async () => new Set(['kestrel-in-the-open']);
const says: Behaviour = ({ argv }) =>
  isRun(argv) ? { stdout: 'kestrel-in-the-open\nanswers\n', exitCode: 3 } : {};

describe('a script that is run again', () => {
  it('runs as it was stored, in a session of its own that is stopped, whatever its exit code', async () => {
    const sandbox = createFakeSandbox(says);

    const run = await createRerun({ sandbox, findSecrets })({ ...input, byModel: false });

    expect(run).toMatchObject({ exitCode: 3, stdout: 'kestrel-in-the-open\nanswers\n' });
    expect(sandbox.uploads).toEqual([{ path: '/workspace/plan.sh', text: 'echo 1\n' }]);
    expect(sandbox.commands).toEqual(['chmod +x /workspace/plan.sh', '/bin/bash /workspace/plan.sh']);
    expect(sandbox.stopped).toBe(1);
  });

  it('shows no secret of the capture where the first run, for a model, showed none', async () => {
    const sandbox = createFakeSandbox(says);

    const { stdout } = await createRerun({ sandbox, findSecrets })({ ...input, byModel: true });

    expect(stdout).not.toContain('kestrel-in-the-open');
    expect(stdout).toContain('answers');
  });

  it('is told apart from a sandbox that broke', async () => {
    const sandbox = createFakeSandbox(() => ({ outcome: 'engine_gone' }));

    await expect(createRerun({ sandbox, findSecrets })({ ...input, byModel: false })).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
    });
    expect(sandbox.stopped).toBe(1);
  });
});
