import { describe, expect, it } from 'vitest';
import { quoted } from '../../src/domain/quoted.ts';

describe("a caller's text within a sentence of ours", () => {
  it.each([
    ['web-01', '"web-01"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['a\nFORGED: b', '"a FORGED: b"'],
    ['\u001b[31mred\u001b[0m\u0007\u202e', '"red"'],
    ['https://x/?sig=abc123', '"https://x/?sig=[masked]"'],
    ['\ud800', '"\ufffd"'],
  ])('turns %j into %s', (text, shown) => {
    expect(quoted(text)).toBe(shown);
  });

  it('stays short however long the text is', () => {
    expect(quoted('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(127)}…"`);
  });
});
