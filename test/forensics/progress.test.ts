import { expect, it } from 'vitest';
import { steady, within } from '../../src/forensics/progress.ts';

/** What is heard of fractions that are told. */
function heard(fractions: (number | null)[]): (number | null)[] {
  const all: (number | null)[] = [];
  const progress = steady(({ fraction }) => all.push(fraction));
  for (const fraction of fractions) progress({ fraction, message: '' });
  return all;
}

it('never goes back, and says nothing where nothing is known', () => {
  expect(heard([0, 0.5, 0.2, null, 0.6])).toEqual([0, 0.5, 0.5, null, 0.6]);
});

it('is never whole while anything is under way', () => {
  expect(heard([1, 7])).toEqual([0.99, 0.99]);
});

it('of a part is progress of the whole', () => {
  const all: (number | null)[] = [];
  const progress = within(({ fraction }) => all.push(fraction), 0.5, 0.7);

  for (const fraction of [0, 1, null]) progress({ fraction, message: '' });

  expect(all).toEqual([0.5, 0.7, null]);
});
