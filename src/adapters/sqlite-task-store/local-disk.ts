import { readFileSync, realpathSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';

/** Magic numbers of file systems that lie on another machine, as statfs(2) tells them on Linux. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x19830326, 'BeeGFS'],
  [0x20030528, 'OrangeFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x786f4256, 'VirtualBox'],
  [0xbacbacbc, 'VMware'],
]);

const FUSE = 0x65735546;
/** File systems behind FUSE that keep their files on another machine. */
const NETWORK_FUSE =
  /^fuse\.(?:sshfs|s3fs|rclone|glusterfs|ceph-fuse|ceph|goofys|blobfuse2?|gcsfuse|juicefs|davfs|mfs|curlftpfs)$/;

export interface Disks {
  /** statfs(2)'s type of the file system on which an existing path lies, links followed. */
  typeOf(path: string): number;
  /** The mounted file systems, as /proc/self/mountinfo tells them; empty where nothing does. */
  mounts(): string;
}

/**
 * Refuses a folder on a network file system: its locks are not those of this machine's kernel, and two processes could
 * both believe that a task is theirs. Of a folder that is not there yet the one it would be made in is judged, so
 * that nothing is left in a place that is refused.
 */
export function requireLocalDisk(directory: string, disks: Disks = system): void {
  const existing = firstExisting(directory);
  const type = disks.typeOf(existing) >>> 0;
  const name = type === FUSE ? behindFuse(existing, disks.mounts()) : NETWORK_FILE_SYSTEMS.get(type);
  if (name !== undefined) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `The state directory lies on a network file system (${name}), where locks can't be trusted.`,
      'Set CAPWRIGHT_STATE_DIR to a folder on a local disk.',
    );
  }
}

const system: Disks = {
  typeOf: (path) => statfsSync(path).type,
  mounts: () => {
    try {
      return readFileSync('/proc/self/mountinfo', 'utf8');
    } catch {
      return '';
    }
  },
};

/** The folder, or the nearest above it that is there, as the kernel finds it. */
function firstExisting(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || dirname(path) === path) {
      throw error;
    }
    return firstExisting(dirname(path));
  }
}

/** The network file system that FUSE serves here, or undefined: most of what it serves is on this machine. */
function behindFuse(path: string, mounts: string): string | undefined {
  const [, type] = mounts
    .split('\n')
    .map((line): [string, string] => {
      const [before = '', after = ''] = line.split(' - ');
      return [unescape(before.split(' ')[4] ?? ''), after.split(' ')[0] ?? ''];
    })
    .filter(([point]) => point !== '' && isWithin(path, point))
    .reduce((deepest, mount) => (mount[0].length >= deepest[0].length ? mount : deepest), ['', '']);
  return NETWORK_FUSE.test(type) ? type.replace('fuse.', '') : undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** Blanks and backslashes stand there as octal numbers. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
