import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCommand } from '../../../../src/adapters/sandbox/bubblewrap/command.ts';
import {
  holderCommand,
  MARKER,
  ROOM,
  sandboxedCommand,
} from '../../../../src/adapters/sandbox/bubblewrap/command-line.ts';
import { startHolder } from '../../../../src/adapters/sandbox/bubblewrap/holder.ts';
import { readHost } from '../../../../src/adapters/sandbox/bubblewrap/host.ts';
import { compileSeccomp } from '../../../../src/adapters/sandbox/bubblewrap/seccomp-filter.ts';
import { createOutput } from '../../../../src/adapters/sandbox/output.ts';
import { clock } from '../docker/support.ts';
import { controlInstance, type Defence, LIMITS, type Said } from './engine.ts';

/** `Engine.control` for bubblewrap: its own command lines, with words taken out of them. */
export async function control(
  sandboxDir: string,
  capture: string,
  without: readonly Defence[],
  programs: readonly (readonly string[])[],
): Promise<Said> {
  const host = await readHost(PATH);
  if (host === null) throw new Error('bubblewrap does not run here');
  const profile: unknown = JSON.parse(await readFile(join(sandboxDir, 'seccomp.json'), 'utf8'));
  const env = { PATH, LC_ALL: 'C', [MARKER]: controlInstance(process.pid) };
  const holding = holderCommand(host, capture, LIMITS).map((word) => weakenHolder(word, without));
  const holder = await startHolder(clock, holding, env, new AbortController().signal);
  let said: Said = { stdout: '', exitCode: null };
  try {
    for (const argv of programs) {
      const limited = ['timeout', '-s', 'KILL', '20', ...argv];
      const output = createOutput(1024 ** 2);
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
      said = { stdout: output.text(), exitCode };
    }
    return said;
  } finally {
    await holder.destroy();
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Takes words out of the command line, in order, and puts others in their place. */
type Weaken = readonly [words: readonly string[], instead?: readonly string[]];

const SUPERUSER = ['--uid', '0', '--gid', '0'];

const WEAKEN: Readonly<Partial<Record<Defence, readonly Weaken[]>>> = {
  // Starting a program keeps them for the superuser only, who here is one of the sandbox's own user namespace.
  'capabilities dropped': [
    [
      ['--cap-drop', 'ALL'],
      ['--cap-add', 'ALL', ...SUPERUSER],
    ],
  ],
  'end with the server': [[['--pdeathsig', 'KILL']], [['--die-with-parent']]],
  'file size': [[[`--fsize=${LIMITS.workspaceBytes}`]]],
  'kernel settings': [
    [['--ro-bind', '/proc/sys', '/proc/sys']],
    [
      ['--cap-drop', 'ALL'],
      ['--cap-drop', 'ALL', ...SUPERUSER],
    ],
  ],
  'no network': [[['--unshare-net']]],
  'no shared memory': [[['--remount-ro', '/dev']]],
  'own process ids': [[['--unshare-pid']]],
  'read-only capture': [
    [
      ['--ro-bind', `${ROOM}/capture`],
      ['--bind', `${ROOM}/capture`],
    ],
  ],
  'read-only root': [[['--remount-ro', '/']]],
  'system call filter': [[['--seccomp', '3']]],
};

function weaken(argv: readonly string[], without: readonly Defence[]): string[] {
  let words = [...argv];
  for (const [taken, instead = []] of without.flatMap((defence) => WEAKEN[defence] ?? [])) {
    const at = words.findIndex((_word, index) => taken.every((word, next) => words[index + next] === word));
    // A control that takes nothing away would show nothing.
    if (at < 0) throw new Error(`bubblewrap’s command line does not hold ${taken.join(' ')}`);
    words = [...words.slice(0, at), ...instead, ...words.slice(at + taken.length)];
  }
  return words;
}

/** The same for the holder's script and the options of its mounts. */
const WEAKEN_HOLDER: Readonly<Partial<Record<Defence, readonly [string, string]>>> = {
  'end with the server': ['while read -r line; do :; done', 'sleep 60'],
  'file count': ['nr_inodes=4096', 'nr_inodes=9000'],
  'no programs in the workspace': [',noexec', ''],
};

function weakenHolder(word: string, without: readonly Defence[]): string {
  return without.reduce((weaker, defence) => {
    const [taken, instead] = WEAKEN_HOLDER[defence] ?? ['', ''];
    return weaker.replace(taken, instead);
  }, word);
}
