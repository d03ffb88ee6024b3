import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Where a command writes: named pipes, since Node's own are sockets, which no script can open as /dev/stderr. */
export interface Pipes {
  stdout: Socket;
  stderr: Socket;
  /** The ends for the command, by descriptor; closed here once it runs. */
  theirs: { stdout: number; stderr: number };
  closeTheirs(): void;
}

/** Opens both ends of the pipes in a holder's room. Nothing blocks: of each pipe the reading end comes first. */
export function openPipes(room: string): Pipes {
  const opened: number[] = [];
  const open = (name: string, flags: number): number => {
    const fd = openSync(`${room}/${name}`, flags | constants.O_NONBLOCK);
    opened.push(fd);
    return fd;
  };
  try {
    const ours = { stdout: open('stdout', constants.O_RDONLY), stderr: open('stderr', constants.O_RDONLY) };
    const theirs = { stdout: open('stdout', constants.O_WRONLY), stderr: open('stderr', constants.O_WRONLY) };
    return {
      stdout: new Socket({ fd: ours.stdout, readable: true, writable: false }),
      stderr: new Socket({ fd: ours.stderr, readable: true, writable: false }),
      theirs,
      closeTheirs() {
        closeSync(theirs.stdout);
        closeSync(theirs.stderr);
      },
    };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  }
}
