import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import { captureFolder, SANDBOX_DIR } from './support.ts';

const SETUP = resolve(import.meta.dirname, '../../../../scripts/setup.sh');
let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(async () => {
  await home?.remove();
});

describe('scripts/setup.sh', () => {
  it('becomes the command on a ready machine, with its arguments as they are and nothing of its own on stdout', async () => {
    const result = await setup({}, '--yes', '--then', 'printf', '[%s]', 'a b', "it's", '--yes', '');

    expect(result).toEqual({ code: 0, stdout: "[a b][it's][--yes][]", stderr: '' });
  });

  it('hands on the exit code of the command', async () => {
    expect((await setup({}, '--then', 'bash', '-c', 'exit 7')).code).toBe(7);
  });

  it('needs no consent on a ready machine', async () => {
    expect(await setup({})).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('refuses an argument that it does not know', async () => {
    expect(await setup({}, '--force')).toMatchObject({ code: 2, stdout: '' });
  });

  it('says what it would do and changes nothing where nobody can agree', async () => {
    const calls = await brokenDocker();

    const env = { PATH: `${calls.bin}:${process.env['PATH']}`, DOCKER_HOST: undefined };
    const result = await setup(env, '--then', 'echo', 'ran');

    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain(await imageReference(SANDBOX_DIR));
    expect(result.stderr).toContain('CAPWRIGHT_YES=1');
  });
});

describe('scripts/setup.sh --with', () => {
  it('takes the name of a package, and finds its command under the name that it has', async () => {
    const { bin } = await commands('bwrap');

    const there = await setup({ PATH: `${bin}:${process.env['PATH']}` }, '--with', 'bubblewrap');

    expect(there).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('would install what is not here, and changes nothing where nobody can agree', async () => {
    const result = await setup({}, '--with', 'no-such-package-of-ours', '--then', 'echo', 'ran');

    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('apt-get: no-such-package-of-ours');
  });
});

describe('scripts/setup.sh --rebuild', () => {
  it('would build an image that is there anew, and asks first', async () => {
    const result = await setup({}, '--rebuild');

    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain(`build the image ${await imageReference(SANDBOX_DIR)}`);
  });
});

/** A folder of commands that do nothing, for PATH. */
async function commands(...names: string[]): Promise<{ bin: string }> {
  const bin = join(home.folder, 'commands');
  await mkdir(bin, { recursive: true });
  for (const name of names) await writeFile(join(bin, name), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  return { bin };
}

/** A docker that answers nothing, in front of the real one. */
async function brokenDocker(): Promise<{ bin: string }> {
  const bin = join(home.folder, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'docker'), '#!/bin/sh\nexit 1\n');
  await chmod(join(bin, 'docker'), 0o755);
  return { bin };
}

async function setup(env: NodeJS.ProcessEnv, ...args: string[]) {
  const { CI: _ci, CAPWRIGHT_YES: _yes, ...inherited } = process.env;
  const child = spawn('bash', [SETUP, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, ...text };
}
