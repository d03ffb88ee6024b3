/** Longer lines are counted and thrown away: no honest packet needs them. */
export const MAX_LINE_CHARS = 1_000_000;

export interface LineReader {
  push(chunk: Uint8Array): void;
  /** Hands over what follows the last line end. */
  end(): void;
  /** Lines thrown away for their length. */
  tooLong(): number;
}

/** Cuts a byte stream into lines and holds at most one line in memory. */
export function createLineReader(onLine: (line: string) => void): LineReader {
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  let skipping = false;
  let tooLong = 0;

  const take = (text: string): void => {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      if (!skipping) onLine(pending + text.slice(start, end));
      pending = '';
      skipping = false;
      start = end + 1;
    }
    if (skipping) return;
    pending += text.slice(start);
    if (pending.length <= MAX_LINE_CHARS) return;
    pending = '';
    skipping = true;
    tooLong += 1;
  };

  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => {
      take(decoder.decode());
      if (pending !== '' && !skipping) onLine(pending);
      pending = '';
    },
    tooLong: () => tooLong,
  };
}
