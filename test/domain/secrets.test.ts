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
    ['pass hunter2', 'hunter2'],
    ['Passwort: hunter2', 'hunter2'],
    ['пароль=hunter2&x=1', 'hunter2'],
    ['<password>hunter2</password>', 'hunter2'],
    ['password%3Dhunter2', 'hunter2'],
    ['pass\u200bword=hunter2', 'hunter2'],
    ['AUTH PLAIN AGJvYgBodW50ZXIy', 'AGJvYgBodW50ZXIy'],
    ['334 UGFzc3dvcmQ6\r\naHVudGVyMg==', 'aHVudGVyMg'],
    ['frame 7 dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
    ['frame 7 AGJvYgBodW50ZXIy', 'AGJvYgBodW50ZXIy'],
    ['payload 504153532068756e746572320d0a', '68756e74657232'],
    ['payload 50:41:53:53:20:68:75:6e:74:65:72:32', '68:75:6e'],
    ['Authorization: Digest username="bob", response="0123456789abcdef0123456789abcdef"', '0123456789abcdef'],
    ['x-api-key: 0123456789', '0123456789'],
    ['Ocp-Apim-Subscription-Key: 0123456789', '0123456789'],
    ['community: s3cret', 's3cret'],
    ['ghp_0123456789abcdefghij0123456789abcdef', 'ghp_0123456789'],
    ['bob::CORP:1122334455667788:0123456789abcdef0123456789abcdef:0101000000000000', '0123456789abcdef'],
    ['$krb5tgs$23$*svc$CORP$x*$0123456789abcdef', '0123456789abcdef'],
    [`kerberos.cipher ${'0f1e2d3c'.repeat(20)}`, '0f1e2d3c'],
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
    'authenticate with Kerberos, or the first pass failed',
    `sha256 ${'0f1e2d3c'.repeat(8)}`,
    '02:00:5e:10:00:01 -> 2001:db8:85a3:8d3:1319:8a2e:370:7348',
    '== Connection attempts that nobody answered ==',
  ])('leaves %j alone', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  it('takes no more of a text than the key, where a key begins and never ends', () => {
    const text = '-----BEGIN PRIVATE KEY-----\n7\t10.0.0.9 was scanned by 10.0.0.4\nF1 high';

    expect(maskSecrets(text)).toContain('10.0.0.9 was scanned by 10.0.0.4\nF1 high');
  });
});
