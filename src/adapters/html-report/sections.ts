import type { Analysis, ReportedFinding } from '../../domain/analysis.ts';
import { REPORT_SECTIONS } from '../../domain/report.ts';
import { bound } from '../../domain/untrusted.ts';
import { findingCard } from './finding-card.ts';
import { parseMarkdown, type Block } from './markdown.ts';
import { markup, joined, NOTHING, type Html } from './markup.ts';
import { renderBlocks, type Anchors } from './prose.ts';

export type SectionName = (typeof REPORT_SECTIONS)[number];

const MAX_REPORT_CHARS = 4_000_000;
const MAX_CARDS = 300;

/** The report cut at the headings of its sections; what stands before the first of them is left out. */
export function readSections(report: string): ReadonlyMap<SectionName, Block[]> {
  const sections = new Map<SectionName, Block[]>(REPORT_SECTIONS.map((name) => [name, []]));
  let current: Block[] | undefined;
  let next = 0;
  for (const block of parseMarkdown(bound(report, MAX_REPORT_CHARS))) {
    const isHeading = block.kind === 'heading' && block.rank === 2;
    const at = isHeading
      ? REPORT_SECTIONS.findIndex((name, index) => index >= next && name === block.text)
      : -1;
    const name = REPORT_SECTIONS[at];
    if (name === undefined) {
      current?.push(block);
    } else {
      current = sections.get(name);
      next = at + 1;
    }
  }
  return sections;
}

/** A finding of the report: its heading's place among the blocks, and where the next heading stands. */
interface Place {
  finding: ReportedFinding;
  from: number;
  to: number;
}

/** Which blocks tell of which findings. */
function placesOf(blocks: readonly Block[], findings: readonly ReportedFinding[]): Place[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const places: Place[] = [];
  for (const [from, block] of blocks.entries()) {
    const id = block.kind === 'heading' && block.rank >= 3 ? block.text.split(' · ')[0] : undefined;
    const finding = id === undefined ? undefined : byId.get(id);
    if (finding === undefined || id === undefined || places.length >= MAX_CARDS) continue;
    byId.delete(id);
    const end = blocks.findIndex(({ kind }, index) => index > from && kind === 'heading');
    places.push({ finding, from, to: end < 0 ? blocks.length : end });
  }
  return places;
}

/** Ids of the findings that get a card. */
export const anchorsOf = (blocks: readonly Block[], { findings }: Analysis): Anchors =>
  new Set(placesOf(blocks, findings).map(({ finding }) => finding.id));

/** The findings as cards, in the order of the report and with what else it says between them. */
export function renderFindings(blocks: readonly Block[], analysis: Analysis, anchors: Anchors): Html {
  const pieces: Html[] = [];
  let at = 0;
  for (const { finding, from, to } of placesOf(blocks, analysis.findings)) {
    pieces.push(renderBlocks(blocks.slice(at, from), anchors));
    pieces.push(findingCard(finding, blocks.slice(from + 1, to), anchors));
    at = to;
  }
  pieces.push(renderBlocks(blocks.slice(at), anchors), notConfirmed(blocks, analysis));
  return joined(pieces, '\n');
}

/** What a model claimed and nothing bore out, where the report itself does not tell. */
function notConfirmed(blocks: readonly Block[], { verification }: Analysis): Html {
  const isTold = blocks.some((block) => block.kind === 'heading' && /^not confirmed/i.test(block.text));
  if (isTold || verification.notConfirmed.length === 0) return NOTHING;
  const items = verification.notConfirmed.map(
    ({ section, text, reasons }) =>
      markup`<li><q>${bound(text, 500)}</q> (${section}) ${bound(reasons.join(' '), 2_000)}</li>`,
  );
  return markup`<h3>Not confirmed</h3>
    <p>Sentences of the model that were struck, because nothing measured bears them out:</p>
    <ul>
      ${items}
    </ul>`;
}
