/** A system call as the kernel shows it to a filter. */
export interface Call {
  arch: number;
  number: number;
  args?: readonly bigint[];
}

/**
 * Runs a filter as the kernel would: what it returns, and how many instructions that took. Knows the few instructions
 * that a seccomp filter needs and throws on any other, and on a jump out of the program.
 */
export function runFilter(program: Uint8Array, call: Call): { action: number; steps: number } {
  const bytes = Buffer.from(program);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.arch, 4);
  for (const [index, value] of (call.args ?? []).entries()) data.writeBigUInt64LE(value, 16 + 8 * index);
  let accumulator = 0;
  let at = 0;
  for (let steps = 1; steps <= 4_096; steps += 1) {
    const code = bytes.readUInt16LE(at * 8);
    const yes = bytes.readUInt8(at * 8 + 2);
    const no = bytes.readUInt8(at * 8 + 3);
    const k = bytes.readUInt32LE(at * 8 + 4);
    at += 1;
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x05) at += k;
    else if (code === 0x15) at += accumulator === k ? yes : no;
    else if (code === 0x35) at += accumulator >= k ? yes : no;
    else if (code === 0x06) return { action: k, steps };
    else throw new Error(`unknown instruction ${code.toString(16)}`);
  }
  throw new Error('the filter does not end');
}
