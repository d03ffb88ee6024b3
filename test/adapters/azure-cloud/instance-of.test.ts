import { describe, expect, it } from 'vitest';
import { instanceFinder } from '../../../src/adapters/azure-cloud/instance-of.ts';

const instances = [
  { id: '1', name: 'web_1' },
  { id: '3', name: 'web_3' },
  { id: '13', name: 'web_13' },
];
const instanceOf = instanceFinder(instances, 'c-1/c-1');

describe('telling by its name whose file a blob is', () => {
  it.each([
    ['c-1/c-1_3.cap', '3'],
    ['c-1/c-1_13.cap', '13'],
    ['c-1/c-1_3_00001.cap', '3'],
    ['c-1/c-1_3_00013.cap', '3'],
    ['c-1/c-1.cap_1', '1'],
    ['c-1/c-1_web_13.cap', '13'],
    ['c-1/3/packetcapture.cap', '3'],
    ['c-1/WEB_3/c-1.cap', '3'],
  ])('%s is of instance %s', (name, id) => {
    expect(instanceOf(name)).toBe(id);
  });

  it.each(['c-1/c-1.cap', 'c-1/c-1_00001.cap', 'c-1/c-1_31.cap', 'c-1/c-13.cap', 'c-1/c-1_5.cap', 'c-1/'])(
    '%s is of nobody known',
    (name) => {
      expect(instanceOf(name)).toBeNull();
    },
  );

  it('does not choose between two', () => {
    const twins = instanceFinder([...instances, { id: '7', name: '3' }], 'c');

    expect(twins('c_3.cap')).toBeNull();
  });
});
