import { z } from 'zod';
import { CaptureIdentity } from './facts/capture.ts';
import { coverageParts } from './facts/coverage.ts';
import { DnsHealth } from './facts/dns.ts';
import { lanParts } from './facts/lan.ts';
import { serviceParts } from './facts/services.ts';
import { TcpHealth } from './facts/tcp.ts';
import { Conversation, Endpoint, ProtocolShare, trafficParts } from './facts/traffic.ts';
import { webParts } from './facts/web.ts';

/** Everything measured in one capture before any model speaks; every list is bounded. */
export const CaptureFacts = z.strictObject({
  capture: CaptureIdentity,
  conversations: z.array(Conversation).describe('By bytes, largest first, at most 200.'),
  endpoints: z.array(Endpoint).describe('By bytes, largest first, at most 200.'),
  protocols: z.array(ProtocolShare),
  ...trafficParts,
  tcp: TcpHealth,
  dns: DnsHealth,
  ...webParts,
  ...lanParts,
  ...serviceParts,
  ...coverageParts,
  notes: z.array(z.string()).describe('Limits of the measurement, in our own words.'),
});
export type CaptureFacts = z.infer<typeof CaptureFacts>;
