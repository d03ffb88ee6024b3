import { createHash } from 'node:crypto';
import type { Analysis } from '../../domain/analysis.ts';
import { REPORT_SECTIONS } from '../../domain/report.ts';
import type { ReportPage } from '../../ports.ts';
import { pageHeader, verdict } from './header.ts';
import { markup, joined, NOTHING, trusted, type Html } from './markup.ts';
import { conversationsPlot } from './plots/conversations.ts';
import { renderFigure, type Plot } from './plots/figure.ts';
import { trafficPlot } from './plots/over-time.ts';
import { retransmissionPlot, roundTripPlot } from './plots/tcp.ts';
import { timelinePlot } from './plots/timeline.ts';
import { renderBlocks } from './prose.ts';
import { anchorsOf, readSections, renderFindings, type SectionName } from './sections.ts';
import { STYLE } from './style.ts';

/** The style is the only thing besides text that the page may use; it is known by its hash, and nothing is loaded. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** What is better looked at than read, by the section that it opens. */
const PLOTS: Partial<Record<SectionName, readonly ((analysis: Analysis) => Plot | null)[]>> = {
  'Capture Overview': [trafficPlot, roundTripPlot, retransmissionPlot],
  Conversations: [conversationsPlot],
  'Notable Findings': [timelinePlot],
};

/** The report as one HTML page without script, drawn by Vega on this machine. */
export function createReportPage(): ReportPage {
  return { render: async (analysis) => (await page(analysis)).html };
}

async function page(analysis: Analysis): Promise<Html> {
  const sections = readSections(analysis.report);
  const anchors = anchorsOf(sections.get('Notable Findings') ?? [], analysis);
  const bodies: Html[] = [];
  for (const name of REPORT_SECTIONS) {
    const blocks = sections.get(name) ?? [];
    const told =
      name === 'Notable Findings' ? renderFindings(blocks, analysis, anchors) : renderBlocks(blocks, anchors);
    bodies.push(
      markup`<section id="${slug(name)}" aria-labelledby="${slug(name)}-title">
        <h2 id="${slug(name)}-title">${name}</h2>
        ${await figures(name, analysis)} ${told}
      </section>`,
    );
  }
  const links = REPORT_SECTIONS.map((name) => markup`<li><a href="#${slug(name)}">${name}</a></li>`);
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${verdict(analysis)} · Capwright</title>
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#${slug(REPORT_SECTIONS[0])}">Skip to the report</a>
        ${pageHeader(analysis, anchors)}
        <nav aria-label="Sections">
          <ul>
            ${links}
          </ul>
        </nav>
        <main>${joined(bodies, '\n')}</main>
        <footer>
          <p>
            Made by Capwright. This page loads nothing and runs nothing; names and texts in it come from
            packets, whose senders may lie.
          </p>
        </footer>
      </body>
    </html> `;
}

async function figures(name: SectionName, analysis: Analysis): Promise<Html> {
  const plots = (PLOTS[name] ?? []).map((plot) => plot(analysis)).filter((plot) => plot !== null);
  if (plots.length === 0) return NOTHING;
  return joined(await Promise.all(plots.map(renderFigure)), '\n');
}

const slug = (name: string): string => name.toLowerCase().replaceAll(' ', '-');
