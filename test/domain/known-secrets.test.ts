import { describe, expect, it } from 'vitest';
import { createMask } from '../../src/domain/known-secrets.ts';

describe('secrets that a capture shows', () => {
  const mask = createMask(['hunter2', 'p+ss/w?rd', 'pin-1234']);

  it.each([
    ['alone on a line', 'hunter2\n', '[masked]\n'],
    ['in other letters', 'HUNTER2', '[masked]'],
    ['beside other words', '7\tbob\thunter2\t530', '7\tbob\t[masked]\t530'],
    ['with signs of regular expressions', 'p+ss/w?rd', '[masked]'],
    ['percent-encoded', 'x=p%2Bss%2Fw%3Frd', 'x=[masked]'],
    ['in hexadecimal', '50415353 2068756e746572320d0a', '50415353 20[masked]0d0a'],
    ['in base64', 'aHVudGVyMg==', '[masked]g=='],
  ])('are hidden %s', (_, text, hidden) => {
    expect(mask(text)).toBe(hidden);
  });

  it('hide no figures, addresses or short words, whatever somebody takes for a password', () => {
    const text = '10.0.0.9 sent 12345 packets to 2001:db8::1 port 443, high';

    expect(createMask(['10.0.0.9', '12345', '443', 'high', ':', ''])(text)).toBe(text);
    expect(createMask([])(text)).toBe(text);
    expect(createMask(['retrans'])('17 retransmissions')).toBe('17 retransmissions');
  });

  it('are bounded in number', () => {
    const many = Array.from({ length: 5_000 }, (_value, index) => `secret-${index}`);

    expect(createMask(many)('secret-7 secret-4999')).toBe('[masked] secret-4999');
  });
});
