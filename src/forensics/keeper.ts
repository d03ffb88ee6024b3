import type { Log } from '../ports.ts';

/** Keeps a text under a name such as `2/stdout.txt`; it may reject, which costs nobody but the record. */
export type Keep = (name: string, content: string) => Promise<void>;

const MAX_FILES = 200;
const MAX_FILE_CHARS = 1024 * 1024;
const MAX_TOTAL_CHARS = 16 * 1024 * 1024;

/** Bounded in count and size, and never in the way: what can't be kept is named instead. */
export interface Keeper {
  /** Whether it was kept, if only in part. */
  save(name: string, text: string): Promise<boolean>;
  /** The table of contents, which is written again and again and counts for nothing. */
  index(name: string, text: string): Promise<void>;
  /** Grows; each entry names a file and says why it is cut or missing. */
  readonly leftOut: string[];
  /** What has to be said aloud: nothing, or that the disk failed. */
  trouble(): string[];
}

export function createKeeper(keep: Keep, log: Log): Keeper {
  const leftOut: string[] = [];
  let files = 0;
  let chars = 0;
  let failures = 0;
  const attempt = async (name: string, text: string): Promise<boolean> => {
    try {
      await keep(name, text);
      return true;
    } catch (error) {
      failures += 1;
      if (failures === 1) log('warn', 'the record of an analysis could not be kept', { name, error });
      return false;
    }
  };
  return {
    leftOut,
    save: async (name, text) => {
      const room = Math.min(MAX_FILE_CHARS, MAX_TOTAL_CHARS - chars);
      if (files >= MAX_FILES || room <= 0) {
        leftOut.push(`${name}: the record is full`);
        return false;
      }
      files += 1;
      chars += Math.min(text.length, room);
      if (text.length > room) leftOut.push(`${name}: cut after ${room} of ${text.length} characters`);
      const isKept = await attempt(name, text.length > room ? text.slice(0, room).toWellFormed() : text);
      if (!isKept) leftOut.push(`${name}: it could not be written`);
      return isKept;
    },
    index: async (name, text) => {
      await attempt(name, text);
    },
    trouble: () =>
      failures === 0
        ? []
        : ['Prompts, scripts and outputs of this analysis were not all kept: the disk refused some of them.'],
  };
}
