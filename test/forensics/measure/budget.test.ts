import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBudget, NO_LIMITS, spentNote } from '../../../src/forensics/measure/budget.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { measureFile } from './tshark.ts';

describe('a budget', () => {
  it('is spent on packets once there are as many, and not before', () => {
    const budget = createBudget({ packets: 3, milliseconds: null }, () => 0);

    expect([0, 2, 3, 9].map((packets) => budget.spent(packets))).toEqual([null, null, 'packets', 'packets']);
  });

  it('is spent on time that runs from when it was made', () => {
    let now = 5000;
    const budget = createBudget({ packets: null, milliseconds: 1000 }, () => now);
    const seen = [5000, 5999, 6000, 9000].map((at) => {
      now = at;
      return [budget.spent(1), budget.millisecondsLeft()];
    });

    expect(seen).toEqual([
      [null, 1000],
      [null, 1],
      ['milliseconds', 0],
      ['milliseconds', 0],
    ]);
  });

  it('without limits is never spent', () => {
    expect(createBudget(NO_LIMITS, () => 1e15).spent(1e12)).toBeNull();
  });

  it('that is spent tells what was covered and which setting helps', () => {
    const budget = createBudget({ packets: 10, milliseconds: 2500 }, () => 0);

    expect(spentNote('packets', budget, { packets: 10, ofPackets: 30, bytes: null, ofBytes: 900 })).toMatch(
      /\(10 packets\).* 10 of 30 packets\. .*CAPWRIGHT_ANALYSIS_MAX_PACKETS/,
    );
    expect(
      spentNote('milliseconds', budget, { packets: 7, ofPackets: null, bytes: 90, ofBytes: 900 }),
    ).toMatch(/\(2\.5 seconds\).* 7 packets, 90 of 900 bytes of the file\. .*CAPWRIGHT_ANALYSIS_MAX_SECONDS/);
  });
});

describe('a measurement by tshark with a budget', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-budget-'));
  const path = join(folder, 'a.pcap');
  const local = { address: '10.0.0.4' };
  writeFileSync(
    path,
    generateScenario({ seed: 5, startTime: 1_790_000_000, durationSeconds: 60, local }).pcap,
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const measured = (packets: number | null, milliseconds: number | null = null) =>
    measureFile(path, { budget: createBudget({ packets, milliseconds }, () => performance.now()) });

  it('covers as many packets as it may, and says that it is partial', async () => {
    const { facts, partial } = await measured(50);

    expect(facts.capture.packets).toBe(50);
    expect(partial).toMatch(/^The budget .*covers the first 50 of \d{3,} packets/);
    expect(facts.notes[0]).toBe(partial);
  });

  it('is whole where the budget is as large as the capture', async () => {
    const whole = await measured(null);
    const { facts, partial } = await measured(whole.facts.capture.packets);

    expect({ facts, partial }).toEqual({ facts: whole.facts, partial: null });
  });

  it('ends when its time is over', async () => {
    const { partial } = await measured(null, 1);

    expect(partial).toMatch(/^The budget .*\(0\.001 seconds\)/);
  });
});
