import { z } from 'zod';
import { count, latency, part, tally, topOf } from './measures.ts';

const Fingerprint = z.strictObject({
  value: z.string(),
  hellos: count(),
  clients: count().describe('Different senders.'),
});

export const SeenCertificate = z.strictObject({
  server: z.string(),
  names: z.array(z.string()).describe('Names that it is for, at most 4.'),
  issuer: z.string().nullable().describe('Common name of the issuer.'),
  notBefore: z.string().nullable().describe('As the certificate says, UTC.'),
  notAfter: z.string().nullable(),
  validity: z
    .enum(['valid', 'early', 'over', 'unknown'])
    .describe('Judged at the time of the packet that shows it first.'),
  faults: z
    .array(z.enum(['mismatch', 'self-signed', 'incomplete', 'spoofed']))
    .describe('mismatch: not for the name that was asked for. Signatures are not verified.'),
  shown: count().describe('Handshakes that show it.'),
});

export type SeenCertificate = z.infer<typeof SeenCertificate>;

export const TlsFacts = z.strictObject({
  clientHellos: count(),
  serverHellos: count(),
  offered: tally(8).describe('Highest version that clients offer.'),
  chosen: tally(8).describe('Version that servers choose.'),
  ciphers: tally(10).describe('Cipher suites that servers choose.'),
  alpn: tally(8).describe('Application protocols that servers choose in the clear: up to TLS 1.2.'),
  names: topOf(
    z.strictObject({ name: z.string(), hellos: count(), servers: count() }),
    25,
    'most asked first',
  ).describe('Server names that clients ask for (SNI).'),
  ja3: topOf(Fingerprint, 10).describe('Identifiers of client programs, no verdict.'),
  ja4: topOf(Fingerprint, 10).describe('Identifiers of client programs, no verdict.'),
  certificates: topOf(SeenCertificate, 20, 'most shown first').describe(
    "Servers' own; TLS 1.3 encrypts them.",
  ),
  alerts: tally(12).describe('In the clear, warnings too.'),
});

export const QuicFacts = z.strictObject({
  clientHellos: count().describe('Read from Initial packets, counted in TLS too.'),
  versions: tally(8).describe('Hexadecimal; 0x1 is RFC 9000.'),
});

export const HttpFacts = z.strictObject({
  requests: count(),
  responses: count(),
  methods: tally(12),
  statusClasses: z
    .strictObject({ '1xx': count(), '2xx': count(), '3xx': count(), '4xx': count(), '5xx': count() })
    .describe('Responses by class.'),
  statuses: tally(15),
  hosts: tally(20),
  latency: latency('Request to response'),
});

export const webParts = { tls: part(TlsFacts), quic: part(QuicFacts), http: part(HttpFacts) };
