import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSeccomp } from '../../../../src/adapters/sandbox/bubblewrap/seccomp-filter.ts';
import {
  type Platform,
  syscallNumbers,
} from '../../../../src/adapters/sandbox/bubblewrap/syscall-numbers.ts';
import { runFilter } from './bpf.ts';
import { seccompProfile } from './support.ts';

const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const I386 = 0x40000003;
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const errno = (number: number): number => 0x0005_0000 + number;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [errno(1), errno(38), errno(97)];

const platforms: Platform[] = ['x64', 'arm64'];
const profile = seccompProfile() as { syscalls: { names: string[]; action: string; args?: unknown[] }[] };
const allowed = new Set(
  profile.syscalls.flatMap(({ names, action, args }) =>
    action === 'SCMP_ACT_ALLOW' && args === undefined ? names : [],
  ),
);

describe.each(platforms)('the system call filter for %s', (platform) => {
  const program = compileSeccomp(profile, platform);
  const numbers = syscallNumbers(platform);
  const decide = (name: string, ...args: bigint[]): number =>
    runFilter(program, { arch: ARCH[platform], number: numbers.get(name) ?? -1, args }).action;

  it('answers for every system call of the platform as the profile says', () => {
    const named = new Set(['clone', 'clone3', 'socket', 'socketpair']);
    const others = [...numbers.keys()].filter((name) => !named.has(name));
    const wrong = others.filter((name) => decide(name) !== (allowed.has(name) ? ALLOW : EPERM));

    expect(others.length).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
    expect(decide('socket')).toBe(EAFNOSUPPORT);
    expect(decide('socketpair')).toBe(EAFNOSUPPORT);
    expect(decide('clone3')).toBe(ENOSYS);
  });

  it('lets clone make processes and threads, and no namespace of any kind', () => {
    const namespaces = [
      0x00020000n,
      0x02000000n,
      0x04000000n,
      0x08000000n,
      0x10000000n,
      0x20000000n,
      0x40000000n,
    ];

    expect(decide('clone', 17n)).toBe(ALLOW);
    expect(decide('clone', 0x003d0f00n)).toBe(ALLOW);
    expect(namespaces.map((flag) => decide('clone', flag | 17n))).toEqual(namespaces.map(() => EPERM));
  });

  it('ends a process that calls as another architecture, where numbers mean other calls', () => {
    const read = numbers.get('read') ?? -1;

    expect(runFilter(program, { arch: ARCH[platform], number: read }).action).toBe(ALLOW);
    expect(runFilter(program, { arch: I386, number: read }).action).toBe(KILL);
    expect(runFilter(program, { arch: ARCH[platform], number: 0x4000_0000 + read }).action).toBe(KILL);
    expect(runFilter(program, { arch: ARCH[platform], number: 0xffff_ffff }).action).toBe(KILL);
  });

  it('refuses numbers that have no call yet', () => {
    expect(runFilter(program, { arch: ARCH[platform], number: 1_000 }).action).toBe(EPERM);
    expect(runFilter(program, { arch: ARCH[platform], number: 0x3fff_ffff }).action).toBe(EPERM);
  });

  it('is quick, whichever call comes', () => {
    const steps = [...numbers.values()].map(
      (number) => runFilter(program, { arch: ARCH[platform], number }).steps,
    );

    expect(Math.max(...steps)).toBeLessThan(30);
  });
});

describe('a profile that is not understood', () => {
  const rule = { names: ['read'], action: 'SCMP_ACT_ALLOW' };
  const base = { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1, archMap: [], syscalls: [rule] };

  it.each([
    ['one that allows by default', { ...base, defaultAction: 'SCMP_ACT_ALLOW' }],
    ['another action', { ...base, syscalls: [{ names: ['read'], action: 'SCMP_ACT_TRACE' }] }],
    [
      'another comparison',
      { ...base, syscalls: [{ ...rule, args: [{ index: 0, value: 1, op: 'SCMP_CMP_NE' }] }] },
    ],
    ['a rule for some machines only', { ...base, syscalls: [{ ...rule, excludes: { caps: ['CAP_BPF'] } }] }],
    ['two rules for one call', { ...base, syscalls: [rule, rule] }],
  ])('is refused, not half obeyed: %s', (_name, profile) => {
    expect(() => compileSeccomp(base, 'x64')).not.toThrow();
    expect(() => compileSeccomp(profile, 'x64')).toThrow();
  });
});

describe('the numbers of system calls', () => {
  const headers: [Platform, string][] = [
    ['x64', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
    ['arm64', '/usr/include/asm-generic/unistd.h'],
  ];
  const present = headers.filter(([, path]) => existsSync(path));
  for (const [, path] of headers.filter((header) => !present.includes(header))) {
    process.stderr.write(`!! NOT TESTED: system call numbers against ${path}, which is not here\n`);
  }

  it.runIf(present.length > 0).each(present)(
    'for %s are those of this machine’s kernel headers',
    (platform, path) => {
      const text = readFileSync(path, 'utf8');
      // Those of 32-bit and 64-bit platforms have one number and two names; a 64-bit one has the shorter name.
      const found = [...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)];
      const numbers = syscallNumbers(platform);

      const wrong = found.filter(([, name = '', number]) => {
        const ours = numbers.get(name) ?? numbers.get(NAMES_OF_64_BIT[name] ?? '');
        return ours !== undefined && ours !== Number(number);
      });

      expect(found.length).toBeGreaterThan(250);
      expect(wrong.map(([line]) => line)).toEqual([]);
      const known = new Set(found.map(([, , number]) => Number(number)));
      expect([...numbers.values()].filter((number) => number < 450 && !known.has(number))).toEqual([]);
    },
  );
});

const NAMES_OF_64_BIT: Readonly<Record<string, string>> = { fstatat: 'newfstatat' };
