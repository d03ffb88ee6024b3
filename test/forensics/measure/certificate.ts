/** What a test certificate says; the rest is filled in. */
export interface CertificateParts {
  subject: string;
  issuer: string;
  dnsNames?: string[];
  tellsIssuerPlace?: boolean;
  explicitCurve?: boolean;
}

/** A certificate in DER, unsigned, as tshark prints its bytes. */
export function certificate(parts: CertificateParts): string {
  const { subject, issuer, dnsNames = [], tellsIssuerPlace = false, explicitCurve = false } = parts;
  const extensions = [
    ...(dnsNames.length > 0
      ? [extension('551d11', sequence(...dnsNames.map((name) => element(0x82, Buffer.from(name, 'latin1')))))]
      : []),
    ...(tellsIssuerPlace
      ? [
          extension(
            '2b06010505070101',
            sequence(sequence(oid('2b06010505073002'), element(0x86, Buffer.from('http://ca')))),
          ),
        ]
      : []),
  ];
  const curve = explicitCurve ? sequence(element(0x02, Buffer.of(1))) : oid('2a8648ce3d030107');
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, Buffer.of(7)),
    sequence(oid('2a8648ce3d040302')),
    name(issuer),
    sequence(utc('680101000000Z'), utc('990101000000Z')),
    name(subject),
    sequence(sequence(oid('2a8648ce3d0201'), curve), element(0x03, Buffer.of(0, 4))),
    ...(extensions.length > 0 ? [element(0xa3, sequence(...extensions))] : []),
  );
  return sequence(body, sequence(oid('2a8648ce3d040302')), element(0x03, Buffer.of(0))).toString('hex');
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: Buffer[]): Buffer => element(0x30, Buffer.concat(parts));
const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const utc = (text: string): Buffer => element(0x17, Buffer.from(text));
const name = (common: string): Buffer =>
  sequence(element(0x31, sequence(oid('550403'), element(0x0c, Buffer.from(common, 'latin1')))));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), element(0x04, value));
