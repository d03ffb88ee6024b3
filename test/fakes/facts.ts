import { UNCHECKED } from '../../src/domain/evidence-check.ts';
import { CaptureFacts } from '../../src/domain/facts.ts';
import type { Finding } from '../../src/domain/finding.ts';

/** Facts of a small capture, for tests of what is made of them. */
export function factsOf(changes: Partial<CaptureFacts> = {}): CaptureFacts {
  const facts = CaptureFacts.parse({
    capture: {
      sha256: 'ab'.repeat(32),
      bytes: 12_345,
      format: 'pcap',
      linkTypes: ['Ethernet'],
      packets: 240,
      dataBytes: 98_765,
      durationSeconds: 12.5,
      firstPacketAt: '2026-01-02T03:04:05.000Z',
      lastPacketAt: '2026-01-02T03:04:17.500Z',
      snappedPackets: 0,
      damaged: null,
    },
    conversations: [
      {
        a: '10.0.0.4',
        b: '10.0.0.9',
        packets: 240,
        bytes: 98_765,
        packetsAToB: 140,
        packetsBToA: 100,
        bytesAToB: 60_000,
        bytesBToA: 38_765,
        startSeconds: 0,
        durationSeconds: 12.5,
      },
    ],
    endpoints: [
      {
        address: '10.0.0.4',
        packets: 240,
        bytes: 98_765,
        sentPackets: 140,
        receivedPackets: 100,
        sentBytes: 60_000,
        receivedBytes: 38_765,
      },
    ],
    protocols: [{ protocol: 'eth:ip:tcp', packets: 240, bytes: 98_765 }],
    tcp: {
      connections: 12,
      established: 9,
      refused: 1,
      unanswered: 2,
      retransmissions: 17,
      duplicateAcks: 3,
      outOfOrder: 0,
      lostSegments: 0,
      zeroWindows: 0,
      resets: 1,
      medianHandshakeMs: 1.25,
    },
    dns: { queries: 4, responses: 3, unanswered: 1, rcodes: { 'No error': 3 }, medianLatencyMs: 8 },
    notes: [],
  });
  return { ...facts, ...changes };
}

export function findingOf(changes: Partial<Finding> = {}): Finding {
  return {
    id: 'F1',
    kind: 'tcp_connect_timeout',
    title: 'SYNs to 10.0.0.9 port 5432 stay unanswered',
    severity: 'high',
    confidence: 'high',
    because: '6 unanswered SYNs: from 2 on nothing else is likely.',
    actor: ['10.0.0.4'],
    target: ['10.0.0.9'],
    ports: [5432],
    count: 6,
    frames: [11, 19, 35],
    times: [1.5, 3.25, 9],
    filter: 'tcp.flags.syn==1 && tcp.flags.ack==0 && ip.dst==10.0.0.9',
    explanation: 'Six SYN segments got no answer at all.',
    alternatives: 'The server is down.',
    matching: 6,
    notChecked: 'The path behind the capture point.',
    evidenceCheck: UNCHECKED,
    ...changes,
  };
}
