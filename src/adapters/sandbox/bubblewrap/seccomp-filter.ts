import { z } from 'zod';
import {
  type Decision,
  type MaskedArgument,
  type Refusal,
  type Span,
  filterProgram,
} from './filter-program.ts';
import { type Platform, syscallNumbers } from './syscall-numbers.ts';

/**
 * Compiles a seccomp profile in Docker's format into the classic BPF program that the kernel runs on every system call
 * of a sandboxed process. It knows what our profile uses and throws on anything else: a rule that was not understood
 * must not be dropped in silence. Names that the platform lacks cannot be called there and are left out. Pure.
 */
export function compileSeccomp(profile: unknown, platform: Platform): Uint8Array {
  const { defaultErrnoRet, syscalls } = Profile.parse(profile);
  const numbers = syscallNumbers(platform);
  const otherwise: Refusal = { errno: defaultErrnoRet };
  const decisions = new Map<number, Decision>();
  for (const rule of syscalls) {
    for (const name of rule.names) {
      const number = numbers.get(name);
      if (number === undefined) continue;
      if (decisions.has(number)) throw new Error(`the seccomp profile has two rules for ${name}`);
      decisions.set(number, decisionOf(rule));
    }
  }
  return filterProgram(AUDIT_ARCH[platform], spansOf(decisions, otherwise), otherwise);
}

const MaskedEqual = z.strictObject({
  index: z.int().min(0).max(5),
  /** The mask; what is left of the argument has to equal `valueTwo`. */
  value: z.int().nonnegative(),
  valueTwo: z.int().nonnegative().default(0),
  op: z.literal('SCMP_CMP_MASKED_EQ'),
});

const Errno = z.int().min(1).max(4095);

const Rule = z.discriminatedUnion('action', [
  z.strictObject({
    names: z.array(z.string()),
    action: z.literal('SCMP_ACT_ALLOW'),
    args: z.array(MaskedEqual).default([]),
    comment: z.string().optional(),
  }),
  z.strictObject({
    names: z.array(z.string()),
    action: z.literal('SCMP_ACT_ERRNO'),
    errnoRet: Errno,
    comment: z.string().optional(),
  }),
]);

const Profile = z.strictObject({
  comment: z.string().optional(),
  defaultAction: z.literal('SCMP_ACT_ERRNO'),
  defaultErrnoRet: Errno,
  /** Read by Docker; here the program is made for the one platform that it runs on. */
  archMap: z.array(z.unknown()),
  syscalls: z.array(Rule),
});

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h. */
const AUDIT_ARCH: Readonly<Record<Platform, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

function decisionOf(rule: z.infer<typeof Rule>): Decision {
  if (rule.action === 'SCMP_ACT_ERRNO') return { errno: rule.errnoRet };
  const conditions = rule.args.map(({ index, value, valueTwo }): MaskedArgument => ({
    index,
    mask: value,
    equals: valueTwo,
  }));
  return conditions.length === 0 ? 'allow' : { allowWhere: conditions };
}

/** All numbers from 0 on without a gap, neighbours with the same decision together. */
function spansOf(decisions: ReadonlyMap<number, Decision>, otherwise: Refusal): Span[] {
  const spans: Span[] = [{ from: 0, decision: decisions.get(0) ?? otherwise }];
  const last = Math.max(0, ...decisions.keys());
  for (let number = 1; number <= last + 1; number += 1) {
    const decision = decisions.get(number) ?? otherwise;
    if (!same(spans.at(-1)?.decision, decision)) spans.push({ from: number, decision });
  }
  return spans;
}

function same(one: Decision | undefined, other: Decision): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
