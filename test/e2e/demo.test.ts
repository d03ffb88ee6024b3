import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from './host.ts';
import { capwright } from './shell.ts';

let home: Awaited<ReturnType<typeof createHome>>;
let scratch: string;
beforeAll(async () => {
  home = await createHome();
  scratch = await mkdtemp(join(tmpdir(), 'capwright-scratch-'));
});
afterAll(async () => {
  await home.remove();
  await rm(scratch, { recursive: true, force: true });
});

describe('capwright demo', { timeout: 180_000 }, () => {
  it('prints the report of a whole capture and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await capwright(['demo', '--seconds', '3'], {
      ...home.env,
      TMPDIR: scratch,
    });

    expect(code).toBe(0);
    expect(stdout).toMatch(/^# /);
    expect(stdout).toContain('port_scan');
    expect(stdout).toMatch(/Frames: \d+/);
    expect(stderr).toContain('Left behind: nothing');
    expect(stderr).toMatch(/analyzed -> completed/);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('cancels its capture in Azure and cleans up when it is interrupted', async () => {
    const { code, stdout, stderr } = await capwright(
      ['demo', '--seconds', '600'],
      { ...home.env, TMPDIR: scratch },
      { interruptAt: 'session Running' },
    );

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/deletion_seen -> cancelled/);
    expect(stderr).toContain('Left behind: nothing');
    expect(readdirSync(scratch)).toEqual([]);
  });
});
