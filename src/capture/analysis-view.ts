import type { Analysis } from '../domain/analysis.ts';
import { usageText } from '../domain/model-usage.ts';
import type { AnalysisRef } from '../domain/task.ts';
import type { AnalysisView } from '../domain/views.ts';

const MAX_FINDINGS = 25;
const MAX_INSTANCES = 100;
const MAX_REPORT_CHARS = 20_000;

/** An analysis in the size that a caller's model can take in; the rest is in the files that it names. */
export function toAnalysisView(analysis: Analysis, ref: AnalysisRef): AnalysisView {
  const { capture, findings, authorship, verification, usage, instances, report } = analysis;
  return {
    capture: {
      sha256: capture.sha256,
      bytes: capture.bytes,
      packets: capture.packets,
      duration_seconds: capture.durationSeconds,
      first_packet_at: capture.firstPacketAt,
      damaged: capture.damaged,
    },
    findings: findings
      .slice(0, MAX_FINDINGS)
      .map(
        ({
          confidence: _confidence,
          because: _because,
          alternatives: _alternatives,
          notChecked: _notChecked,
          matching: _matching,
          times: _times,
          evidenceCheck,
          ...finding
        }) => ({ ...finding, evidence: evidenceCheck.result }),
      ),
    findings_total: findings.length,
    instances: instances.slice(0, MAX_INSTANCES).map((one) => ({
      instance_id: one.instanceId,
      name: one.name,
      sha256: one.sha256,
      packets: one.packets,
      findings_total: one.findingsTotal,
      problem: one.problem,
      report_path: one.reportPath,
    })),
    instances_total: instances.length,
    planner: authorship.planner,
    reporter: authorship.reporter,
    attempts: authorship.attempts,
    script_succeeded: authorship.scriptSucceeded,
    note: authorship.note,
    verification: {
      claims: verification.claims,
      confirmed: verification.confirmed,
      struck: verification.struck,
    },
    model_usage: usage === null || usage.calls === 0 ? null : usageText(usage),
    sandbox: [analysis.sandbox, ...analysis.isolation.lacks].join('. ').replaceAll('..', '.'),
    partial: analysis.partial,
    report:
      report.length > MAX_REPORT_CHARS
        ? `${report.slice(0, MAX_REPORT_CHARS).toWellFormed()}\n\n(cut here; the whole report is in the file)`
        : report,
    report_path: ref.reportPath,
    html_path: ref.htmlPath,
    analysis_path: ref.analysisPath,
  };
}
