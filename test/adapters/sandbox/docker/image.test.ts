import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import { TOOL_NAMES } from '../../../../src/adapters/sandbox/tools.ts';
import type { SandboxSession } from '../../../../src/ports.ts';
import { bash, captureFolder, clock, docker, SANDBOX_DIR, sandboxIn, SMALL } from './support.ts';

const DAY_MS = 24 * 3_600_000;
let home: Awaited<ReturnType<typeof captureFolder>>;
let session: SandboxSession;
beforeAll(async () => {
  home = await captureFolder();
  session = await sandboxIn(home.folder).open({
    capturePath: home.capture,
    limits: SMALL,
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  await session?.stop();
  await home?.remove();
});

describe('the image', () => {
  it('tells the version of every tool that scripts may count on, and its Dockerfile lists the same ones', async () => {
    const dockerfile = await readFile(join(SANDBOX_DIR, 'Dockerfile'), 'utf8');

    const listed = /for tool in ([^;]+);/.exec(dockerfile)?.[1]?.trim().split(/\s+/);

    expect(listed).toEqual([...TOOL_NAMES]);
    expect(session.tools).toHaveLength(TOOL_NAMES.length);
    for (const line of session.tools) expect(line).toMatch(/\d+\.\d+|-\d/);
  });

  it('holds what scripts are usually written with', async () => {
    const commands =
      'awk gawk jq bc xxd hexdump file column sort uniq cut tr sed grep find xargs diff cmp paste join comm ' +
      'split tac rev seq base64 md5sum sha256sum od date stat timeout tee head tail wc perl';

    const result = await bash(session, `for c in ${commands}; do command -v $c >/dev/null || echo $c; done`);
    const awk = await bash(session, 'awk --version | head -n 1');

    expect(result.stdout).toBe('');
    expect(awk.stdout).toContain('GNU Awk');
  });

  it('holds nothing that captures, and nothing that raises privileges', async () => {
    const result = await bash(
      session,
      'find / -xdev -perm /6000 -type f 2>/dev/null; find / -xdev -path "*/extcap/*" 2>/dev/null; command -v dumpcap sudo su mount',
    );

    expect(result.stdout.split('\n').filter((line) => !/\/(su|mount)$/.test(line))).toEqual(['']);
  });
});

describe('the age of the image', () => {
  it('is no matter for a month from the day on which its packages were installed', async () => {
    expect(await statusAfter(29)).toMatchObject({ ready: true, fix: null });
  });

  it('is told after that, with the command that installs security updates, and the image can still be used', async () => {
    const status = await statusAfter(100);

    expect(status).toMatchObject({ ready: true, fix: 'npm run setup -- --rebuild' });
    expect(status.detail).toContain('packages are 100 days old and lack the security updates');
  });
});

/** The status when the image's packages are so many days old. */
async function statusAfter(days: number) {
  const { Config } = await docker.getImage(await imageReference(SANDBOX_DIR)).inspect();
  const installed = Date.parse(Config.Labels['capwright.packages'] ?? '');
  const then = { ...clock, now: () => installed + days * DAY_MS };
  return sandboxIn(home.folder, { clock: then }).status();
}
