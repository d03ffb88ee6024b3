import { describe, expect, it } from 'vitest';
import { createMeasure } from '../../../src/forensics/measure/measure.ts';
import { type Run, sessionOf } from '../../fakes/tshark-runs.ts';

const file = {
  path: '/a.cap',
  bytes: 10_000,
  sha256: () => Promise.resolve('ab'.repeat(32)),
  format: 'pcap',
} as const;

async function measured(total: number, runs: (argv: readonly string[], nth: number) => Run) {
  const { session, tsharks } = await sessionOf(total, runs);
  const { signal } = new AbortController();
  const measurement = await createMeasure()(session, { file, signal, onProgress: () => undefined });
  return {
    ...measurement,
    packets: measurement.facts.capture.packets,
    tsharks,
    argvs: tsharks.map(({ argv }) => argv.join(' ')),
  };
}

const asksPorts = (argv: readonly string[]): boolean => argv.includes('tcp.port==1-65535,data');
const asksNames = (argv: readonly string[]): boolean => argv.includes('decodes');
const names = 'tcp.port\t80\thttp\nudp.port\t53\tdns\ntcp.port\t445\tnbss\ntcp.port\t80\t$(id)\n';

/** tshark that dies in frame 58, whose payload goes from port 51000 to 445, unless told to leave that alone. */
const diesOfNbss = (argv: readonly string[]): Run => {
  if (asksPorts(argv)) return { text: '57\t445\t51000\t\t\n58\t51000\t445\t\t\n' };
  if (asksNames(argv)) return { text: names };
  if (argv.includes('nbss')) return { rows: 134 };
  return { rows: argv.includes('-l') ? 57 : 40, outcome: 'crash' };
};

describe('a dissector that crashes', () => {
  it('costs only its protocol: the rest is measured, and it says which frame and what was switched off', async () => {
    const { packets, partial, facts, argvs } = await measured(134, diesOfNbss);

    expect(packets).toBe(134);
    expect(partial).toMatch(/^Dissector crash: tshark crashed in frame 58\..*the protocol nbss switched off/);
    expect(facts.notes[0]).toBe(partial);
    expect(argvs).toHaveLength(5);
    expect(argvs[2]).toContain('-c 58 ');
    expect(argvs[4]).toContain('--disable-protocol nbss');
  });

  it('in a protocol without a name is left alone by its ports', async () => {
    const { packets, partial, argvs } = await measured(134, (argv) => {
      if (asksPorts(argv)) return { text: '58\t\t\t40000\t9999\n' };
      if (asksNames(argv)) return { text: names };
      return argv.includes('udp.port==9999,data') ? { rows: 134 } : { rows: 57, outcome: 'crash' };
    });

    expect(packets).toBe(134);
    expect(partial).toContain('whatever runs on UDP port 9999 and 40000 switched off');
    expect(argvs.at(-1)).toContain('-d udp.port==9999,data -d udp.port==40000,data');
  });

  it('below the ports is told with its frame, and what was read in front of it counts', async () => {
    const { packets, partial, tsharks } = await measured(134, (argv) =>
      asksPorts(argv) ? { text: '57\t\t\t\t\n', outcome: 'crash' } : { rows: 57, outcome: 'crash' },
    );

    expect(packets).toBe(57);
    expect(partial).toContain('crashed in frame 58, and which protocol is at fault could not be found out');
    expect(partial).toContain('covers 57 of 134 packets');
    expect(tsharks).toHaveLength(3);
  });

  it('once more although its protocol is off ends the search, with the pass that came furthest', async () => {
    const { packets, partial, tsharks } = await measured(134, (argv) =>
      argv.includes('nbss') ? { rows: 90, outcome: 'crash' } : diesOfNbss(argv),
    );

    expect(packets).toBe(90);
    expect(partial).toContain('switching off the protocol nbss did not help; it covers 90 of 134 packets');
    expect(tsharks).toHaveLength(5);
  });

  it('only once gives a whole measurement, with a word of warning', async () => {
    const { packets, partial, facts } = await measured(134, (argv) =>
      argv.includes('-l') ? { rows: 134 } : { rows: 3, outcome: 'crash' },
    );

    expect(packets).toBe(134);
    expect(partial).toBeNull();
    expect(facts.notes[0]).toContain(
      'crashed while this capture was read, and not when it was read once more',
    );
  });

  it('after a pass that used up the time is not searched for', async () => {
    const { partial, tsharks } = await measured(134, (argv, nth) =>
      nth === 2 ? { rows: 57, outcome: 'crash', durationMs: 1e9 } : diesOfNbss(argv),
    );

    expect(partial).toContain('crashed in frame 58');
    expect(tsharks).toHaveLength(2);
  });
});

describe('a pass that meets a limit', () => {
  it('of memory is repeated without putting segments together, and says what that costs', async () => {
    const { packets, partial, argvs } = await measured(134, (argv) =>
      argv.includes('tcp.desegment_tcp_streams:FALSE')
        ? { rows: 134 }
        : { rows: 70, outcome: 'out_of_memory' },
    );

    expect(packets).toBe(134);
    expect(partial).toContain('too little memory to put TCP segments together');
    expect(argvs).toHaveLength(2);
  });

  it('of memory twice keeps what was read, of how much, and what helps', async () => {
    const { packets, partial, tsharks } = await measured(134, (_argv, nth) => ({
      rows: nth === 1 ? 70 : 90,
      outcome: 'out_of_memory',
    }));

    expect(packets).toBe(90);
    expect(partial).toMatch(
      /memory limit .* covers 90 of 134 packets\. To have all of it looked at, give the container engine more memory/,
    );
    expect(tsharks).toHaveLength(2);
  });

  it.each(['timeout', 'output_overflow'] as const)(
    'of another kind (%s) is not repeated, and keeps what was read',
    async (outcome) => {
      const { packets, partial, facts, tsharks } = await measured(134, () => ({ rows: 70, outcome }));

      expect(packets).toBe(70);
      expect(partial).toContain('covers 70 of 134 packets');
      expect(facts.notes).toEqual([partial]);
      expect(tsharks).toHaveLength(1);
    },
  );

  it('loses the analysis only where the sandbox itself is gone', async () => {
    await expect(measured(134, () => ({ outcome: 'engine_gone' }))).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
    });
    await expect(measured(134, () => ({ outcome: 'cancelled' }))).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});

describe('the time of a pass', () => {
  it.each([
    [24, 120_001],
    [100_000_000, 220_000],
    [1_073_741_824, 1_193_742],
  ])('over %i bytes is limited to %i ms', async (bytes, limit) => {
    const { session, tsharks } = await sessionOf(1, () => ({ rows: 1 }));
    const { signal } = new AbortController();

    await createMeasure()(session, { file: { ...file, bytes }, signal, onProgress: () => undefined });

    expect(tsharks[0]?.timeoutMs).toBe(limit);
  });
});
