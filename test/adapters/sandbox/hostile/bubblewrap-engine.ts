import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBubblewrapSandbox } from '../../../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import { startCommand } from '../../../../src/adapters/sandbox/bubblewrap/command.ts';
import {
  holderCommand,
  MARKER,
  sandboxedCommand,
} from '../../../../src/adapters/sandbox/bubblewrap/command-line.ts';
import { startHolder } from '../../../../src/adapters/sandbox/bubblewrap/holder.ts';
import { readHost } from '../../../../src/adapters/sandbox/bubblewrap/host.ts';
import { compileSeccomp } from '../../../../src/adapters/sandbox/bubblewrap/seccomp-filter.ts';
import { createOutput } from '../../../../src/adapters/sandbox/output.ts';
import { clock, SANDBOX_DIR } from '../docker/support.ts';
import { type Defence, type Engine, LIMITS, type Said } from './engine.ts';

/** bubblewrap with the tools of this machine. */
export const bubblewrapEngine: Engine = {
  name: 'bubblewrap',
  lacks: new Map([
    [
      'supervisor of another user',
      'Every command has namespaces of its own, so ending the supervisor ends just that command.',
    ],
  ]),
  ownProcesses: ['bwrap', 'timeout'],
  sandbox: (folder, owner) =>
    createBubblewrapSandbox({
      sandboxDir: SANDBOX_DIR,
      stagingDir: join(folder, 'staging'),
      instanceAlive: () => false,
      clock,
      log: () => undefined,
      ...owner,
    }),
  control,
  traces,
};

/** Takes words out of the command line, in order, and puts others in their place. */
type Weaken = readonly [words: readonly string[], instead?: readonly string[]];

const WEAKEN: Readonly<Partial<Record<Defence, Weaken>>> = {
  // Starting a program keeps them for the superuser only, who here is one of the sandbox's own user namespace.
  'capabilities dropped': [
    ['--cap-drop', 'ALL'],
    ['--cap-add', 'ALL', '--uid', '0', '--gid', '0'],
  ],
  'file size': [[`--fsize=${LIMITS.workspaceBytes}`]],
  'no network': [['--unshare-net']],
  'no shared memory': [['--remount-ro', '/dev']],
  'own process ids': [['--unshare-pid']],
  'read-only root': [['--remount-ro', '/']],
  'system call filter': [['--seccomp', '3']],
};

/** The same for the options of the workspace's mount. */
const WEAKEN_WORKSPACE: Readonly<Partial<Record<Defence, readonly [string, string]>>> = {
  'file count': ['nr_inodes=4096', 'nr_inodes=9000'],
  'no programs in the workspace': [',noexec', ''],
};

async function control(capture: string, without: readonly Defence[], argv: readonly string[]): Promise<Said> {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const host = await readHost(path);
  if (host === null) throw new Error('bubblewrap does not run here');
  const profile: unknown = JSON.parse(await readFile(join(SANDBOX_DIR, 'seccomp.json'), 'utf8'));
  const env = { PATH: path, LC_ALL: 'C', [MARKER]: `control-${process.pid}` };
  const holding = holderCommand(host, capture, LIMITS).map((word) => weakenWorkspace(word, without));
  const holder = await startHolder(clock, holding, env, new AbortController().signal);
  const output = createOutput(1024 ** 2);
  try {
    const limited = ['timeout', '-s', 'KILL', '20', ...argv];
    const command = startCommand(clock, {
      argv: weaken(sandboxedCommand(host, holder.pid, LIMITS, limited), without),
      env,
      seccomp: compileSeccomp(profile, host.platform),
      room: holder.room,
      stdin: undefined,
      onData: (stream, bytes) => (stream === 'stdout' ? output.add(bytes) : undefined),
    });
    await command.ended;
    const exitCode = await command.exitCode();
    await command.kill('over');
    await command.gone();
    command.release();
    return { stdout: output.text(), exitCode };
  } finally {
    await holder.destroy();
  }
}

function weaken(argv: readonly string[], without: readonly Defence[]): string[] {
  let words = [...argv];
  for (const defence of without) {
    const [taken, instead = []] = WEAKEN[defence] ?? [[]];
    if (taken.length === 0) continue;
    const at = words.findIndex((_word, index) => taken.every((word, next) => words[index + next] === word));
    // A control that takes nothing away would show nothing.
    if (at < 0) throw new Error(`bubblewrap’s command line does not hold ${taken.join(' ')}`);
    words = [...words.slice(0, at), ...instead, ...words.slice(at + taken.length)];
  }
  return words;
}

function weakenWorkspace(word: string, without: readonly Defence[]): string {
  return without.reduce((weaker, defence) => {
    const [taken, instead] = WEAKEN_WORKSPACE[defence] ?? ['', ''];
    return weaker.replace(taken, instead);
  }, word);
}

async function traces(instanceId: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').includes(`${MARKER}=${instanceId}`);
    }),
  );
  return pids.filter((_pid, index) => marked[index]);
}
