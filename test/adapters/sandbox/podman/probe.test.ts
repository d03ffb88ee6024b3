import { describe, expect, it } from 'vitest';
import { probe } from '../../../../src/adapters/sandbox/podman/probe.ts';
import type { RunCommand, RunResult, SandboxSession } from '../../../../src/ports.ts';
import { type Behaviour, createFakeSandbox } from '../../../fakes/sandbox.ts';

const { signal } = new AbortController();

async function sessionThat(behaviour: Behaviour): Promise<SandboxSession> {
  return createFakeSandbox(behaviour).open({ capturePath: 'any', signal });
}

/** An engine that holds everything: attacks print nothing but that they are over. */
function holding({ argv }: RunCommand): Partial<RunResult> {
  const script = argv.at(-1) ?? '';
  if (script.includes('tail -c')) return { outcome: 'out_of_memory' };
  if (script.startsWith('while')) return { outcome: 'timeout' };
  if (script.startsWith('head -c 4')) return { stdout: '4\n' };
  return { stdout: 'over\n'.repeat(script.match(/echo over/g)?.length ?? 0) };
}

describe('the probe of an engine', () => {
  it('misses nothing where every attack comes back with empty hands', async () => {
    expect(await probe(await sessionThat(holding), signal)).toEqual([]);
  });

  it('names exactly the defence whose attack got away with something', async () => {
    const session = await sessionThat((command) => {
      const { stdout = '', ...result } = holding(command);
      const lines = stdout.split('\n');
      // The fifth attack of the first command is the one on the network.
      return {
        ...result,
        stdout: lines.length > 5 ? lines.toSpliced(4, 0, '  eth0: 1 2').join('\n') : stdout,
      };
    });

    expect(await probe(session, signal)).toEqual(['no network']);
  });

  it('counts what an attack did not survive, or never ended, as missing', async () => {
    const missing = await probe(
      await sessionThat(() => ({ outcome: 'engine_gone', exitCode: null })),
      signal,
    );

    expect(missing).toEqual([
      'capabilities dropped',
      'no new privileges',
      'scripts run as nobody',
      'seccomp profile',
      'no network',
      'read-only root',
      'read-only capture',
      'noexec workspace',
      'workspace size',
      'file size',
      'number of files',
      'supervisor out of reach',
      'number of processes',
      'memory',
      'time limit',
      'a session that goes on',
    ]);
  });
});
