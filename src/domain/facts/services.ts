import { z } from 'zod';
import { count, part, tally, topOf } from './measures.ts';

export const VoiceFacts = z.strictObject({
  methods: tally(12).describe('SIP requests.'),
  answers: tally(15).describe('SIP responses: method and status.'),
  streams: topOf(
    z.strictObject({
      source: z.string(),
      target: z.string(),
      packets: count(),
      lost: count().describe('Sequence numbers that never came.'),
      meanJitterMs: z.number().nullable().describe('RFC 3550; null where the clock is not known.'),
      seconds: z.number(),
    }),
    20,
    'most packets first',
  ).describe('RTP that signalling announced.'),
});

export const WindowsFacts = z.strictObject({
  outcomes: topOf(
    z.strictObject({
      protocol: z.enum(['SMB', 'Kerberos', 'LDAP']),
      result: z.string(),
      count: count(),
      servers: count(),
    }),
    30,
  ).describe('What servers answered.'),
  controllers: topOf(z.string(), 10, 'as they came').describe('Hosts that serve Kerberos or the directory.'),
});

export const LoginFacts = z.strictObject({
  secrets: topOf(
    z.strictObject({ protocol: z.string(), client: z.string(), server: z.string(), count: count() }),
    20,
  ).describe('Packets with a password in the clear; what it is is never kept.'),
  refused: topOf(
    z.strictObject({ protocol: z.string(), client: z.string(), server: z.string(), count: count() }),
    20,
  ),
  accepted: topOf(
    z.strictObject({ protocol: z.string(), client: z.string(), server: z.string(), count: count() }),
    20,
  ).describe('FTP and SMTP; other protocols say it in words.'),
  ssh: topOf(
    z.strictObject({
      client: z.string(),
      server: z.string(),
      connections: count(),
      clientSoftware: z.string().nullable(),
      serverSoftware: z.string().nullable(),
    }),
    20,
    'most connections first',
  ).describe('How these logins ended is encrypted.'),
});

export const WifiFacts = z.strictObject({
  networks: topOf(
    z.strictObject({
      bssid: z.string(),
      ssid: z.string().nullable().describe('null where it is hidden.'),
      frames: count(),
      beacons: count(),
      stations: count(),
      deauthentications: count().describe('Sent in its name.'),
    }),
    20,
    'most frames first',
  ),
  frames: tally(15).describe('Frames by kind.'),
});

export const IndustrialFacts = z.strictObject({
  talks: topOf(
    z.strictObject({
      protocol: z.string(),
      client: z.string(),
      server: z.string(),
      packets: count(),
      functions: tally(10).describe('Function codes or services that the client sends, as numbers.'),
    }),
    25,
    'most packets first',
  ),
});

export const serviceParts = {
  voice: part(VoiceFacts),
  windows: part(WindowsFacts),
  logins: part(LoginFacts),
  wifi: part(WifiFacts),
  industrial: part(IndustrialFacts),
};
