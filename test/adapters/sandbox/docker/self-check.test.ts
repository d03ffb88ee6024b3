import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unheldDefences } from '../../../../src/adapters/sandbox/docker/self-check.ts';
import { captureFolder, containersOf, SANDBOX_DIR, sandboxIn, SMALL } from './support.ts';

let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(async () => {
  await home?.remove();
});

/** The real image with another seccomp profile. */
async function openUnder(profile: object, instanceId: string) {
  const sandboxDir = join(home.folder, instanceId);
  await cp(SANDBOX_DIR, sandboxDir, { recursive: true });
  await writeFile(join(sandboxDir, 'seccomp.json'), JSON.stringify(profile));
  return sandboxIn(home.folder, { sandboxDir, instanceId }).open({
    capturePath: home.capture,
    limits: SMALL,
    signal: new AbortController().signal,
  });
}

const SOCKETS_ALLOWED = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] };

describe('a container whose defences are not what was asked for', () => {
  it('is refused before anything runs in it, and is gone', async () => {
    const instanceId = `self-check-${process.pid}`;

    await expect(openUnder(SOCKETS_ALLOWED, instanceId)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: expect.stringContaining('does not enforce the seccomp profile,'),
    });
    expect(await containersOf(instanceId)).toEqual([]);
  });
});

describe('what is seen from inside', () => {
  const GOOD = {
    Seccomp: '2',
    sockets: 'none',
    NoNewPrivs: '1',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    memory: String(SMALL.memoryBytes),
    pids: String(SMALL.pids),
  };
  const judge = (seen: object, gvisor = false): string[] =>
    unheldDefences(new Map(Object.entries({ ...GOOD, ...seen })), { limits: SMALL, gvisor });

  it('passes where every defence is in force', () => {
    expect(judge({})).toEqual([]);
  });

  it.each([
    [{ Seccomp: '0' }, 'the seccomp profile'],
    [{ sockets: '' }, 'the seccomp profile'],
    [{ NoNewPrivs: '0' }, 'no-new-privileges'],
    [{ CapBnd: '00000000a80425fb' }, 'dropped capabilities'],
    [{ CapEff: '' }, 'dropped capabilities'],
    [{ memory: 'max' }, 'the memory limit'],
    [{ memory: '9223372036854771712' }, 'the memory limit'],
    [{ pids: 'max' }, 'the process limit'],
  ])('names what is not in force: %j', (seen, name) => {
    expect(judge(seen)).toEqual([name]);
  });

  it('takes no silence for a yes', () => {
    expect(unheldDefences(new Map(), { limits: SMALL, gvisor: false })).toEqual([
      'the seccomp profile',
      'no-new-privileges',
      'dropped capabilities',
    ]);
  });

  it('asks gVisor only for what its kernel can show', () => {
    expect(judge({ Seccomp: '0', sockets: '', NoNewPrivs: '' }, true)).toEqual([]);
    expect(judge({ CapEff: '1' }, true)).toEqual(['dropped capabilities']);
  });
});
