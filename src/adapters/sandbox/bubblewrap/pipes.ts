import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** The standard streams of a command: named pipes, since Node's own are sockets, which /dev/stdin cannot open. */
export interface Pipes {
  /** Ends for the command, in the order of their descriptors; closed here once it runs. */
  theirs: [number | 'ignore', number, number];
  stdin: Socket | null;
  stdout: Socket;
  stderr: Socket;
  closeTheirs(): void;
}

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** Opens both ends of the pipes in a holder's room. Nothing blocks: of each pipe the reading end comes first. */
export function openPipes(room: string, withStdin: boolean): Pipes {
  const opened: number[] = [];
  const open = (name: string, flags: number): number => {
    const fd = openSync(`${room}/${name}`, flags | O_NONBLOCK);
    opened.push(fd);
    return fd;
  };
  try {
    const stdin = withStdin ? [open('stdin', O_RDONLY), open('stdin', O_WRONLY)] : null;
    const [outHere, outThere] = [open('stdout', O_RDONLY), open('stdout', O_WRONLY)];
    const [errHere, errThere] = [open('stderr', O_RDONLY), open('stderr', O_WRONLY)];
    const theirs = [...(stdin?.slice(0, 1) ?? []), outThere, errThere];
    return {
      theirs: [stdin?.[0] ?? 'ignore', outThere, errThere],
      stdin: stdin === null ? null : new Socket({ fd: stdin[1] ?? -1, readable: false, writable: true }),
      stdout: new Socket({ fd: outHere, readable: true, writable: false }),
      stderr: new Socket({ fd: errHere, readable: true, writable: false }),
      closeTheirs: () => theirs.forEach((fd) => closeSync(fd)),
    };
  } catch (error) {
    opened.forEach((fd) => closeSync(fd));
    throw error;
  }
}
