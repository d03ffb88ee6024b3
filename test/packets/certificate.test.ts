import { expect, it } from 'vitest';
import { readCertificate } from '../../src/packets/application/certificate.ts';
import { certificate } from '../forensics/measure/certificate.ts';

it('reads certificates that are damaged in any byte without failing', () => {
  const whole = Buffer.from(
    certificate({
      subject: 'shop.example',
      issuer: 'A CA',
      dnsNames: ['shop.example'],
      tellsIssuerPlace: true,
    }),
    'hex',
  );

  for (let at = 0; at < whole.length; at += 1) {
    for (const value of [0, 0x7f, 0x80, 0x84, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[at] = value;
      expect(() => readCertificate(damaged)).not.toThrow();
    }
    expect(readCertificate(whole.subarray(0, at))?.subject ?? null).toBeNull();
  }
  expect(readCertificate(whole)).toMatchObject({ commonName: 'shop.example', tellsIssuerPlace: true });
});
