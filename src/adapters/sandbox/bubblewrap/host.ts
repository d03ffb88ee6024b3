import { constants } from 'node:fs';
import { access, lstat, readlink } from 'node:fs/promises';
import { release } from 'node:os';
import { arch, platform } from 'node:process';
import type { Platform } from './syscall-numbers.ts';

/** This machine, as far as the sandbox depends on it. */
export interface Host {
  /** Root hands commands to an unprivileged user; anybody else runs them as who they are, in a user namespace. */
  root: boolean;
  platform: Platform;
  /** This process, whose death is to end every command. */
  serverPid: number;
  /** Where the programs that make the sandbox are looked for. */
  path: string;
  /** Before Linux 5.14 a limit on processes counts those of the user, not those of the namespace. */
  countsProcessesPerUser: boolean;
  /** The system folders beside /usr: what each links to, or null where it is a folder of its own. */
  systemFolders: ReadonlyMap<string, string | null>;
}

/** Null where the sandbox cannot be made here whatever is installed. */
export async function readHost(path: string): Promise<Host | null> {
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) return null;
  const systemFolders = new Map<string, string | null>();
  for (const folder of ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']) {
    const info = await lstat(folder).catch(() => null);
    if (info?.isSymbolicLink() === true) systemFolders.set(folder, await readlink(folder));
    else if (info?.isDirectory() === true) systemFolders.set(folder, null);
  }
  return {
    root: process.getuid?.() === 0,
    platform: arch,
    serverPid: process.pid,
    path,
    countsProcessesPerUser: olderThan(release(), 5, 14),
    systemFolders,
  };
}

/** Pure; `version` is as `uname -r` says it. */
export function olderThan(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

/** Debian's package of each program that makes the sandbox. */
const PACKAGES: Readonly<Record<string, string>> = {
  bwrap: 'bubblewrap',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  choom: 'util-linux',
  mount: 'mount',
  bash: 'bash',
  nice: 'coreutils',
  timeout: 'coreutils',
  mkfifo: 'coreutils',
  awk: 'gawk',
  tshark: 'tshark',
};

/** Programs that are not there, and the packages that hold them. */
export async function missingPrograms(host: Host): Promise<{ programs: string[]; packages: string[] }> {
  const programs: string[] = [];
  for (const program of Object.keys(PACKAGES)) {
    if (!(await onPath(host.path, program))) programs.push(program);
  }
  return { programs, packages: [...new Set(programs.map((program) => PACKAGES[program] ?? program))] };
}

async function onPath(path: string, program: string): Promise<boolean> {
  for (const folder of path.split(':')) {
    if (!folder.startsWith('/')) continue;
    const found = await access(`${folder}/${program}`, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
