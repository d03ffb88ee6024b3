/** What happens to a system call. `allowWhere` allows it where every condition holds. */
export type Decision = 'allow' | Refusal | { allowWhere: readonly MaskedArgument[] };

export interface Refusal {
  errno: number;
}

/** Holds where the bits of `mask` in an argument are those of `equals`. */
export interface MaskedArgument {
  index: number;
  mask: number;
  equals: number;
}

/** A decision for system calls from this number on, up to the next span. */
export interface Span {
  from: number;
  decision: Decision;
}

/**
 * A classic BPF program (`struct sock_filter[]`, little-endian) that looks up the decision for a system call by
 * binary search. A call of another architecture, or of x32, ends the process: its numbers mean other calls.
 * `spans` begin with number 0 and ascend; `otherwise` is for calls whose conditions do not hold. Pure.
 */
export function filterProgram(auditArch: number, spans: readonly Span[], otherwise: Refusal): Uint8Array {
  const program: Instruction[] = [
    load(ARCH_OFFSET),
    { code: JUMP_IF_EQUAL, yes: 1, no: 0, k: auditArch },
    give(KILL_PROCESS),
    load(NUMBER_OFFSET),
    // The bit that marks x32; arm64 has no numbers up there.
    { code: JUMP_IF_AT_LEAST, yes: 0, no: 1, k: 0x4000_0000 },
    give(KILL_PROCESS),
    ...search(spans, otherwise),
  ];
  if (program.length > MAX_INSTRUCTIONS) throw new Error('the seccomp filter is too long for the kernel');
  return encode(program);
}

interface Instruction {
  code: number;
  /** Instructions to skip where a condition holds, and where not. */
  yes: number;
  no: number;
  k: number;
}

const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP = 0x05; // BPF_JMP | BPF_JA
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_IF_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** Offsets in `struct seccomp_data`. */
const NUMBER_OFFSET = 0;
const ARCH_OFFSET = 4;
const ARGUMENTS_OFFSET = 16;

const KILL_PROCESS = 0x8000_0000;
const ERRNO = 0x0005_0000;
const ALLOW = 0x7fff_0000;

const MAX_INSTRUCTIONS = 4096;
const WORD = 2 ** 32;

function search(spans: readonly Span[], otherwise: Refusal): Instruction[] {
  const [first] = spans;
  if (first === undefined) throw new Error('a seccomp filter needs a decision for every system call');
  if (spans.length === 1) return decide(first.decision, otherwise);
  const middle = Math.floor(spans.length / 2);
  const lower = search(spans.slice(0, middle), otherwise);
  const upper = search(spans.slice(middle), otherwise);
  const from = spans[middle]?.from ?? 0;
  // A conditional jump reaches 255 instructions at most, a plain one reaches all.
  return [
    { code: JUMP_IF_AT_LEAST, yes: 0, no: 1, k: from },
    { code: JUMP, yes: 0, no: 0, k: lower.length },
    ...lower,
    ...upper,
  ];
}

function decide(decision: Decision, otherwise: Refusal): Instruction[] {
  if (decision === 'allow') return [give(ALLOW)];
  if ('errno' in decision) return [give(ERRNO + decision.errno)];
  return [...decision.allowWhere.flatMap((condition) => require(condition, otherwise)), give(ALLOW)];
}

/** Returns `otherwise` where the condition does not hold; else goes on after it. */
function require({ index, mask, equals }: MaskedArgument, otherwise: Refusal): Instruction[] {
  const refuse = decide(otherwise, otherwise);
  const half = (offset: number, mask: number, equals: number): Instruction[] => [
    load(ARGUMENTS_OFFSET + 8 * index + offset),
    { code: AND, yes: 0, no: 0, k: mask },
    { code: JUMP_IF_EQUAL, yes: refuse.length, no: 0, k: equals },
    ...refuse,
  ];
  return [
    ...half(0, mask % WORD, equals % WORD),
    ...half(4, Math.floor(mask / WORD), Math.floor(equals / WORD)),
  ];
}

const load = (offset: number): Instruction => ({ code: LOAD_WORD, yes: 0, no: 0, k: offset });
const give = (action: number): Instruction => ({ code: RETURN, yes: 0, no: 0, k: action });

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, yes, no, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}
