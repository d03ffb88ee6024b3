import { describe, expect, it } from 'vitest';
import { createPairMap, including, NO_NUMBERS } from '../../../src/forensics/measure/bounded.ts';
import { memoByObject, memoByText } from '../../../src/forensics/measure/memo.ts';

describe('a map of pairs of hosts', () => {
  it('tells the two ends apart and keeps the order in which they came', () => {
    const pairs = createPairMap<string>(10, (one, other) => `${one}>${other}`);

    const made = [pairs.at('b', 'a'), pairs.at('a', 'b'), pairs.at('b', 'a'), pairs.at('b', 'c')];

    expect(made).toEqual(['b>a', 'a>b', 'b>a', 'b>c']);
    expect(pairs.values()).toEqual(['b>a', 'a>b', 'b>c']);
    expect(pairs.get('c', 'b')).toBeUndefined();
  });

  it('refuses and counts new pairs beyond its limit, and still knows the old ones', () => {
    const pairs = createPairMap<{ seen: string }>(1, (one) => ({ seen: one }));
    const first = pairs.at('a', 'b');

    expect(pairs.at('a', 'c')).toBeNull();
    expect(pairs.at('d', 'b')).toBeNull();
    expect(pairs.at('a', 'b')).toBe(first);
    expect(pairs.refused()).toBe(2);
  });
});

describe('a set that begins as the shared empty one', () => {
  it('grows to its limit and leaves the shared one empty', () => {
    const one = including(NO_NUMBERS, 7);
    const two = including(including(one, 8, 2), 9, 2);

    expect([...two]).toEqual([7, 8]);
    expect(NO_NUMBERS.size).toBe(0);
  });
});

describe('a memo', () => {
  it('makes the value of an object once', () => {
    let made = 0;
    const countOf = memoByObject(() => (made += 1));
    const [one, other] = [{}, {}];

    expect([countOf(one), countOf(other), countOf(one), countOf(other)]).toEqual([1, 2, 1, 2]);
  });

  it('keeps as many texts as it may, and answers for others all the same', () => {
    let made = 0;
    const lengthOf = memoByText(1, (text) => {
      made += 1;
      return text.length;
    });

    expect(['ab', 'ab', 'abc', 'abc'].map(lengthOf)).toEqual([2, 2, 3, 3]);
    expect(made).toBe(3);
  });
});
