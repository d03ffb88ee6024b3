export interface Output {
  add(chunk: Uint8Array): void;
  /** Everything that was added, kept or not. */
  readonly bytes: number;
  readonly truncated: boolean;
  /** What was kept, as UTF-8; invalid bytes become U+FFFD. */
  text(): string;
}

/** Keeps the first `keepBytes` bytes and counts the rest, so that endless output costs no memory. */
export function createOutput(keepBytes: number): Output {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      const room = keepBytes - bytes;
      // Copied: a slice would hold on to the whole network buffer that it came in.
      if (room > 0) kept.push(Uint8Array.from(chunk.subarray(0, room)));
      bytes += chunk.length;
    },
    get bytes() {
      return bytes;
    },
    get truncated() {
      return bytes > keepBytes;
    },
    text: () => Buffer.concat(kept).toString('utf8'),
  };
}
