import { notableFindings, recommendations } from './report-findings.ts';
import type { ReportInput } from './report-input.ts';
import { summarySection } from './report-prose.ts';
import { captureOverview } from './report-overview.ts';
import { protocolDetails } from './report-protocols.ts';
import { commandLog } from './report-tables.ts';
import { conversations, endpoints, protocolShares } from './report-traffic.ts';
import { disarmHtml, stripControls } from './untrusted.ts';

/** The sections of every report, in this order, each a heading of rank 2. */
export const REPORT_SECTIONS = [
  'Executive Summary',
  'Capture Overview',
  'Conversations',
  'Endpoints',
  'Protocol Distribution',
  'Notable Findings',
  'Recommendations',
  'Command Log',
] as const;

export type ReportBody = Record<(typeof REPORT_SECTIONS)[number], string>;

/**
 * Renders the report as Markdown: always the 8 sections, in their order, whatever the capture and the model say.
 * Each part bounds what it takes, so the whole is bounded too.
 */
export function renderReport(input: ReportInput): string {
  return toMarkdown({
    'Executive Summary': summarySection(input),
    'Capture Overview': captureOverview(input),
    Conversations: conversations(input.facts),
    Endpoints: endpoints(input.facts),
    'Protocol Distribution': [protocolShares(input.facts), ...protocolDetails(input.facts)].join('\n\n'),
    'Notable Findings': notableFindings(input),
    Recommendations: recommendations(input),
    'Command Log': commandLog(input),
  });
}

/** The sections in their order, each under its heading, with nothing in them that could run or hide. */
export function toMarkdown(body: ReportBody): string {
  const sections = REPORT_SECTIONS.map((name) => `## ${name}\n\n${body[name].trim()}\n`);
  return disarmHtml(stripControls(['# Packet capture analysis\n', ...sections].join('\n')));
}
