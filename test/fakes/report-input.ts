import { NO_USAGE } from '../../src/domain/model-usage.ts';
import type { CaptureFacts } from '../../src/domain/facts.ts';
import type { ReportInput } from '../../src/domain/report-input.ts';
import { factsOf, findingOf } from './facts.ts';

/** Everything that a report is made of, with `text` wherever packets, programs, callers or models may write. */
export function reportInputOf(text: string): ReportInput {
  const finding = findingOf({
    title: text,
    explanation: text,
    alternatives: text,
    notChecked: text,
    because: text,
  });
  const entry = { attempt: 1, command: text, stdout: text, stderr: text, exitCode: 0, isError: false };
  const command = { step: 'script', command: text, exitCode: null, outcome: text };
  const remark = { findingIds: ['F1'], commandIds: [], text };
  return {
    facts: hostileFacts(text),
    parts: [
      {
        name: text,
        bytes: 1,
        sha256: 'ab'.repeat(32),
        packets: 1,
        firstPacketAt: null,
        lastPacketAt: null,
        leftOutBytes: 0,
      },
    ],
    findings: [finding, findingOf({ id: 'F2', severity: 'low', title: text, actor: [text], target: [text] })],
    script: text,
    results: [entry],
    commands: [{ ...command, durationMs: 1, stdoutBytes: 1, truncated: false }],
    authorship: { planner: text, reporter: text, attempts: 1, scriptSucceeded: true, note: text },
    usage: NO_USAGE,
    privacy: 'full',
    builtInBecause: null,
    sandbox: text,
    lacks: [text],
    tsharkVersion: text,
    partial: text,
    context: text,
    verification: {
      claims: 3,
      confirmed: 1,
      struck: 2,
      corrected: true,
      notConfirmed: [{ section: 'Executive Summary', text, reasons: [text] }],
      leftOut: ['F2'],
    },
    prose: {
      executiveSummary: text,
      notableFindings: [remark, { findingIds: [], commandIds: [], text }],
      recommendations: [remark, { findingIds: [], commandIds: [], text }],
    },
  };
}

function hostileFacts(text: string): CaptureFacts {
  const facts = factsOf();
  const tally = { total: 9, shown: [{ name: text, count: 3 }] };
  const nothing = { total: 0, shown: [] };
  const described = {
    name: text,
    description: text,
    linkType: text,
    snapLength: null,
    filter: text,
    operatingSystem: text,
    dropped: null,
  };
  return {
    ...facts,
    notes: [text],
    protocols: [{ protocol: text, packets: 1, bytes: 1 }],
    capture: {
      ...facts.capture,
      linkTypes: [text],
      damaged: text,
      application: text,
      interfaces: [described],
    },
    conversations: facts.conversations.map((talk) => ({ ...talk, a: text, b: text })),
    endpoints: facts.endpoints.map((host) => ({
      ...host,
      address: text,
      roles: [text],
      names: [{ name: text, source: 'dns' }],
      mac: { address: text, knownBy: 'arp' },
    })),
    dns: { ...facts.dns, rcodes: { [text]: 1 }, names: tally, types: tally, servers: nothing },
    http: {
      requests: 3,
      responses: 0,
      methods: tally,
      statusClasses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
      statuses: tally,
      hosts: tally,
      latency: null,
    },
    tls: {
      clientHellos: 1,
      serverHellos: 1,
      offered: tally,
      chosen: tally,
      ciphers: tally,
      alpn: tally,
      names: { total: 1, shown: [{ name: text, hellos: 1, servers: 1 }] },
      ja3: { total: 1, shown: [{ value: text, hellos: 1, clients: 1 }] },
      ja4: nothing,
      certificates: {
        total: 1,
        shown: [
          {
            server: text,
            names: [text],
            issuer: text,
            notBefore: null,
            notAfter: null,
            validity: 'unknown',
            faults: [],
            shown: 1,
          },
        ],
      },
      alerts: tally,
    },
    wifi: {
      networks: {
        total: 1,
        shown: [{ bssid: text, ssid: text, frames: 1, beacons: 1, stations: 0, deauthentications: 0 }],
      },
      frames: tally,
    },
  };
}
