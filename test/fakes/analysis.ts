import { Analysis, SCHEMA_VERSION } from '../../src/domain/analysis.ts';

/** The smallest analysis that is one. */
export function emptyAnalysis(change: Partial<Analysis> = {}): Analysis {
  const analysis = Analysis.parse({
    schemaVersion: SCHEMA_VERSION,
    capture: {
      sha256: 'f'.repeat(64),
      bytes: 24,
      format: 'pcap',
      linkTypes: ['ether'],
      packets: 0,
      dataBytes: 0,
      durationSeconds: 0,
      firstPacketAt: null,
      lastPacketAt: null,
      snappedPackets: 0,
      damaged: null,
    },
    conversations: [],
    endpoints: [],
    protocols: [],
    tcp: {
      connections: 0,
      established: 0,
      refused: 0,
      unanswered: 0,
      retransmissions: 0,
      duplicateAcks: 0,
      outOfOrder: 0,
      lostSegments: 0,
      zeroWindows: 0,
      resets: 0,
      medianHandshakeMs: null,
    },
    dns: { queries: 0, responses: 0, unanswered: 0, rcodes: {}, medianLatencyMs: null },
    notes: [],
    parts: [],
    instances: [],
    findings: [],
    script: '#!/usr/bin/env bash\n',
    results: [],
    commands: [],
    authorship: {
      planner: 'built-in playbook',
      reporter: 'built-in reporter',
      attempts: 1,
      scriptSucceeded: true,
      note: null,
    },
    sandbox: 'none',
    isolation: { engine: 'none', lacks: [] },
    partial: null,
    report: '## Executive Summary\n',
  });
  return { ...analysis, ...change };
}
