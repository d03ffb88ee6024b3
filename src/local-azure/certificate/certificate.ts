import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { der } from './der.ts';

/** Where the files of a fresh authority and its server certificate lie, and their text. */
export interface CertificateFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

interface Issue {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: Uint8Array;
}

const dayMilliseconds = 86_400_000;
const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
};

/**
 * Makes a new authority and a server certificate for 127.0.0.1 and localhost, and writes both with the key
 * into `directory`, readable by the owner only. The authority's key is thrown away. Good for ten days.
 */
export function makeCertificate(directory: string): CertificateFiles {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = `Local Azure ${randomBytes(4).toString('hex')}`;
  const by = { issuer, signingKey: authority.privateKey };
  const ca = issue({
    ...by,
    subject: issuer,
    publicKey: authority.publicKey,
    extensions: authorityExtensions(),
  });
  const certificate = issue({
    ...by,
    subject: '127.0.0.1',
    publicKey: server.publicKey,
    extensions: serverExtensions(),
  });
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    ca,
    certificate,
    key,
    caFile: writePrivate(directory, 'ca.pem', ca),
    certificateFile: writePrivate(directory, 'server.pem', certificate),
    keyFile: writePrivate(directory, 'server-key.pem', key),
  };
}

function issue({ subject, issuer, publicKey, signingKey, extensions }: Issue): string {
  const algorithm = der.sequence(der.objectIdentifier(oid.ecdsaWithSha256));
  const version3 = der.explicit(0, der.integer(Buffer.of(2)));
  const now = Date.now();
  const body = der.sequence(
    version3,
    der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name(issuer),
    der.sequence(
      der.utcTime(new Date(now - dayMilliseconds)),
      der.utcTime(new Date(now + 10 * dayMilliseconds)),
    ),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, extensions),
  );
  const whole = der.sequence(body, algorithm, der.bitString(sign('sha256', body, signingKey)));
  const lines = whole.toString('base64').match(/.{1,64}/gu) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function name(commonName: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.objectIdentifier(oid.commonName), der.utf8(commonName))));
}

function authorityExtensions(): Uint8Array {
  const certificateSigning = der.bitString(Buffer.of(0b0000_0100), 2);
  return der.sequence(
    extension(oid.basicConstraints, der.sequence(der.boolean(true)), true),
    extension(oid.keyUsage, certificateSigning, true),
  );
}

function serverExtensions(): Uint8Array {
  const digitalSignature = der.bitString(Buffer.of(0b1000_0000), 7);
  const names = der.sequence(
    der.implicit(7, Buffer.of(127, 0, 0, 1)),
    der.implicit(2, Buffer.from('localhost')),
  );
  return der.sequence(
    extension(oid.keyUsage, digitalSignature, true),
    extension(oid.extendedKeyUsage, der.sequence(der.objectIdentifier(oid.serverAuthentication)), false),
    extension(oid.subjectAltName, names, false),
  );
}

function extension(identifier: string, value: Uint8Array, critical: boolean): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.objectIdentifier(identifier), ...flag, der.octetString(value));
}

function writePrivate(directory: string, file: string, text: string): string {
  const path = join(directory, file);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
