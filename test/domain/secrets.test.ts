import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../src/domain/secrets.ts';

describe('masking', () => {
  it.each([
    ['Authorization: Basic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
    ['12\tBasic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
    ['Authorization: Bearer abcdef1234567890', 'abcdef1234567890'],
    ['eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl', 'eyJzdWIiOi'],
    ['POST user=bob&password=hunter2&x=1', 'hunter2'],
    ['{"access_token": "abc.def"}', 'abc.def'],
    ['331\tPASS hunter2', 'hunter2'],
    ['a1 LOGIN bob hunter2', 'hunter2'],
    ['Cookie: a=b; sid=c0ffee', 'c0ffee'],
    ['ftp://bob:hunter2@10.0.0.1/', 'hunter2'],
    ['?sv=2024&sig=aGVsbG8%3D', 'aGVsbG8'],
    ['AccountKey=Zm9vYmFy==;EndpointSuffix', 'Zm9vYmFy'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----', 'MIIabc'],
  ])('hides the secret in %j', (text, secret) => {
    const masked = maskSecrets(text);

    expect(masked).not.toContain(secret);
    expect(masked).toContain('[masked]');
  });

  it.each([
    'Basic authentication was refused',
    '17 retransmissions, frames 4 5 6',
    'tcp.port == 443 && tls.handshake.type == 1',
    'PASSIVE mode entered',
  ])('leaves %j alone', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });
});
