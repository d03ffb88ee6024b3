import { statfsSync } from 'node:fs';
import { CapwrightError } from '../../domain/errors.ts';

/** Magic numbers of file systems that lie on another machine, as statfs(2) tells them on Linux. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x0bd00bd0, 'Lustre'],
]);

/**
 * Refuses a folder on a network file system: its locks are not those of this machine's kernel, and two processes could
 * both believe that a task is theirs.
 */
export function requireLocalDisk(directory: string, typeOf = (path: string) => statfsSync(path).type): void {
  const name = NETWORK_FILE_SYSTEMS.get(typeOf(directory) >>> 0);
  if (name !== undefined) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `The state directory lies on a network file system (${name}), where locks can't be trusted.`,
      'Set CAPWRIGHT_STATE_DIR to a folder on a local disk.',
    );
  }
}
