import { createReportPage } from '../../../src/adapters/html-report/html-report.ts';
import type { Analysis, ReportedFinding } from '../../../src/domain/analysis.ts';
import { NO_USAGE } from '../../../src/domain/model-usage.ts';
import { renderReport } from '../../../src/domain/report.ts';
import type { ReportInput } from '../../../src/domain/report-input.ts';
import { emptyAnalysis } from '../../fakes/analysis.ts';
import { factsOf, findingOf } from '../../fakes/facts.ts';

export const page = createReportPage();

/** An analysis whose report tells what is in it, with figures for every plot. */
export function analysisOf(
  change: Partial<Analysis> = {},
  written: Partial<Pick<ReportInput, 'prose'>> = {},
): Analysis {
  const facts = factsOf({ rates: RATES, conversations: talks(), ...change });
  const findings = change.findings ?? [reported({})];
  const base = emptyAnalysis({ ...facts, ...change, findings });
  const report = renderReport({
    facts,
    parts: base.parts,
    findings,
    script: base.script,
    results: base.results,
    commands: base.commands,
    authorship: base.authorship,
    builtInBecause: null,
    sandbox: base.sandbox,
    lacks: base.isolation.lacks,
    tsharkVersion: 'TShark 4.4.19',
    partial: base.partial,
    context: null,
    prose: null,
    usage: NO_USAGE,
    privacy: 'full',
    verification: base.verification,
    ...written,
  });
  return { ...base, report, ...change };
}

export const reported = (change: Partial<ReportedFinding>): ReportedFinding => ({
  ...findingOf(),
  instance: null,
  ...change,
});

const RATES = {
  bucketSeconds: 5,
  packets: [100, 140],
  bytes: [60_000, 38_765],
  peakPackets: 140,
  peakBytes: 60_000,
  peakAtSeconds: 0,
  retransmissions: [0, 17],
  roundTrips: [
    { samples: 4, p50Ms: 1.2, maxMs: 9.5 },
    { samples: 2, p50Ms: 2.5, maxMs: 40 },
  ],
};

function talks(): Analysis['conversations'] {
  const talk = {
    packets: 240,
    packetsAToB: 140,
    packetsBToA: 100,
    bytesAToB: 60_000,
    startSeconds: 0,
    durationSeconds: 12.5,
  };
  return [
    { ...talk, a: '10.0.0.4', b: '10.0.0.9', bytes: 98_765, bytesBToA: 38_765 },
    { ...talk, a: '10.0.0.4', b: '2001:db8::9', bytes: 70_000, bytesBToA: 10_000 },
  ];
}
