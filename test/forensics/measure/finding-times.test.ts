import { describe, expect, it } from 'vitest';
import { withTimes, type TimeOf } from '../../../src/forensics/measure/finding-times.ts';
import { findingOf } from '../../fakes/facts.ts';
import { tablesOf } from './packets.ts';

const timeOf = (times: Readonly<Record<number, string>>): TimeOf =>
  tablesOf(Object.entries(times).map(([frame, at]) => ({ 'frame.number': frame, 'frame.time_epoch': at })))
    .moments.timeOf;

const timesOf = (frames: number[], times: Readonly<Record<number, string>>): number[] | undefined =>
  withTimes([findingOf({ frames, times: [] })], timeOf(times))[0]?.times;

describe('the times of a finding', () => {
  it('are those of its frames, in seconds since the first packet', () => {
    const times = { 1: '1700000000.500000000', 2: '1700000001.25', 3: '1700000003.123456789' };

    expect(timesOf([1, 3], times)).toEqual([0, 2.623]);
  });

  it('are left out whole where one of them is not known', () => {
    expect(timesOf([2, 9], { 1: '1000', 2: '1001' })).toEqual([]);
  });

  it('are kept of a bounded number of frames', () => {
    const known = timeOf({ 1: '1000', 1_000_001: '1001' });

    expect([known(1), known(2), known(1_000_001)]).toEqual([1000, null, null]);
  });
});
