import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { md5, sha256 } from '../../../src/forensics/measure/digests.ts';

describe('digests', () => {
  it.each([0, 1, 55, 56, 63, 64, 119, 120, 1_000])('are those of OpenSSL for %d characters', (length) => {
    const text = 'aé7-'.repeat(length).slice(0, length);

    expect(md5(text)).toBe(createHash('md5').update(text).digest('hex'));
    expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });
});
