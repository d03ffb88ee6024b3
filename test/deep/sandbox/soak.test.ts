import { afterAll, describe, expect, it } from 'vitest';
import { createSlots } from '../../../src/adapters/sandbox/slots.ts';
import { createSlottedSandbox } from '../../../src/adapters/sandbox/slotted-sandbox.ts';
import type { Sandbox, SandboxLimits, SandboxSession } from '../../../src/ports.ts';
import { bash, execIn, SMALL, weakContainer } from '../../adapters/sandbox/docker/support.ts';
import { SCRIPT_USER } from '../../../src/adapters/sandbox/docker/profile.ts';
import { generatedCaptures } from './bases.ts';
import { childProcesses, enginesHere, type TestEngine } from './engines.ts';
import { hostWithCanary, watchMemory } from './host.ts';

const COMMANDS = 200;
const AT_ONCE = 12;
const SESSIONS = 30;
const FLOOD_BYTES = 5_000_000_000;
const MOST_MEMORY = 256 * 1024 ** 2;
/** Around the sizes in which pipes and sockets hand on. */
const SIZES = [0, 1, 4_095, 32_768, 65_535, 65_537, 250_000];

const host = hostWithCanary();
const engines = await enginesHere(host.engines);
const capture = generatedCaptures(host.captures, 1)[0]?.path ?? '';
afterAll(() => host.remove());

const open = (sandbox: Sandbox, limits: SandboxLimits = SMALL): Promise<SandboxSession> =>
  sandbox.open({ capturePath: capture, limits, signal: new AbortController().signal });

async function expectNothingLeft(engine: TestEngine, children: readonly string[]): Promise<void> {
  expect(await engine.leftovers()).toEqual([]);
  expect(childProcesses()).toEqual(children);
}

describe('the sandbox under load', () => {
  it('has an engine', () => {
    expect(engines.length).toBeGreaterThan(0);
  });

  it.for(engines)(
    'gives every byte and exit code of 200 commands, 12 at a time, on $name',
    async (engine) => {
      const children = childProcesses();
      const wrong: string[] = [];
      let next = 0;
      const lane = async (): Promise<void> => {
        const session = await open(engine.sandbox);
        try {
          for (let n = next++; n < COMMANDS; n = next++) {
            wrong.push(...(await faultsOf(session, n)));
          }
        } finally {
          await session.stop();
        }
      };

      await Promise.all(Array.from({ length: AT_ONCE }, lane));

      expect(wrong).toEqual([]);
      expect(next).toBe(COMMANDS + AT_ONCE);
      await expectNothingLeft(engine, children);
    },
  );

  it.for(engines)('serves 30 sessions that want two slots, each in its turn, on $name', async (engine) => {
    const children = childProcesses();
    let [now, most] = [0, 0];
    const counted: Sandbox = {
      ...engine.sandbox,
      async open(options) {
        now += 1;
        most = Math.max(most, now);
        const session = await engine.sandbox.open(options);
        const stop = async (): Promise<void> => {
          await session.stop();
          now -= 1;
        };
        return { ...session, stop };
      },
    };
    const slotted = createSlottedSandbox(counted, createSlots({ atOnce: 2, longestQueue: SESSIONS }));
    const order: number[] = [];

    const answers = await Promise.all(
      Array.from({ length: SESSIONS }, async (_, n) => {
        const session = await open(slotted);
        order.push(n);
        try {
          return (await bash(session, `echo ${n}`)).stdout;
        } finally {
          await session.stop();
        }
      }),
    );

    expect(answers).toEqual(Array.from({ length: SESSIONS }, (_, n) => `${n}\n`));
    expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: SESSIONS }, (_, n) => n));
    expect(most).toBe(2);
    await expectNothingLeft(engine, children);
  });

  it.for(engines)('stays small while a script floods 5 GB, on $name', async (engine) => {
    const children = childProcesses();
    const session = await open(engine.sandbox);
    const mostMemory = watchMemory();
    let bytes = 0;

    const result = await bash(session, `head -c ${FLOOD_BYTES} /dev/zero`, {
      timeoutMs: 900_000,
      maxOutputBytes: 2 * FLOOD_BYTES,
      onStdout: (chunk) => {
        bytes += chunk.length;
      },
    });

    const grown = mostMemory();
    await session.stop();
    process.stderr.write(`${engine.name}: ${bytes} bytes in ${Math.round(result.durationMs)} ms, `);
    process.stderr.write(`${Math.round(grown / 1024 ** 2)} MiB more\n`);
    expect(result).toMatchObject({ outcome: 'exit', exitCode: 0, stdout: '', stdoutBytes: FLOOD_BYTES });
    expect(bytes).toBe(FLOOD_BYTES);
    expect(grown).toBeLessThan(MOST_MEMORY);
    await expectNothingLeft(engine, children);
  });
});

describe.runIf(engines.some(({ name }) => name === 'docker'))('a container with two commands', () => {
  it('ends one while the other floods, and goes away at once', async () => {
    // An exec stream that nobody reads wedges a container for good (moby#53614): ours is always read.
    const live = await weakContainer(capture, () => undefined);
    const flood = execIn(live, SCRIPT_USER, 'yes');

    const answers: string[] = [];
    for (let n = 0; n < 10; n += 1) answers.push(await execIn(live, SCRIPT_USER, `echo ${n}`));
    await live.destroy();

    expect(answers.join('')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
    expect((await flood).startsWith('y\ny\n')).toBe(true);
  });
});

/** Runs one command that answers with `n` in its own way; what of the answer is wrong. */
async function faultsOf(session: SandboxSession, n: number): Promise<string[]> {
  const size = SIZES[n % SIZES.length] ?? 0;
  const code = n % 120;
  const result = await bash(session, `yes ${n} | head -c ${size}; echo error ${n} >&2; exit ${code}`);
  const expected = `${n}\n`.repeat(Math.ceil(size / 2)).slice(0, size);
  const seen = { stdout: result.stdout === expected, stderr: result.stderr, exitCode: result.exitCode };
  const right = { stdout: true, stderr: `error ${n}\n`, exitCode: code };
  const [was, wanted] = [JSON.stringify(seen), JSON.stringify(right)];
  return was === wanted ? [] : [`command ${n}: ${was} (${result.outcome}, ${result.stdoutBytes} bytes)`];
}
