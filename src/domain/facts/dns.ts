import { z } from 'zod';
import { count, latency, part, tally, topOf } from './measures.ts';

export const DnsServer = z.strictObject({
  server: z.string(),
  clients: count(),
  queries: count(),
  responses: count(),
  unanswered: count(),
  failures: count().describe('Responses with a code other than NOERROR.'),
  latency: latency('Query to response'),
});

export const DnsHealth = z.strictObject({
  queries: count(),
  responses: count(),
  unanswered: count(),
  rcodes: z.record(z.string(), count()).describe('Response code name to count.'),
  medianLatencyMs: z.number().nullable(),
  latency: part(latency('Query to response')),
  servers: part(topOf(DnsServer, 20, 'most queries first')),
  names: part(tally(25)).describe('Names asked for.'),
  types: part(tally(15)).describe('Types of records asked for.'),
});
