import type { Spec } from 'vega';
import { bound, stripControls } from '../../../domain/untrusted.ts';
import { markup, joined, trusted, type Html } from '../markup.ts';
import { renderTable } from '../prose.ts';

/** One plot: what it shows in a sentence, how it is drawn at a width in pixels, and its figures as a table. */
export interface Plot {
  title: string;
  /** What is to be seen, for those who look and for those who listen. */
  caption: string;
  keys?: readonly Key[];
  spec: (width: number) => Spec;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A colour of the plot: the name of its mark, and what it stands for. */
export interface Key {
  mark: string;
  means: string;
}

/** Words in a plot are as large as those around it, so it is drawn once for wide pages and once for narrow ones. */
const WIDTHS = [
  ['wide', 860],
  ['narrow', 340],
] as const;

/** The plot as a figure: drawings without any script or style of their own, and its figures for everybody else. */
export async function renderFigure(plot: Plot): Promise<Html> {
  const { title, caption, keys = [], head, rows } = plot;
  const drawings = await Promise.all(
    WIDTHS.map(async ([name, width]) => dressed(await draw(plot.spec(width)), name, `${title}. ${caption}`)),
  );
  const legend = keys.map(({ mark, means }) => markup`<span class="key ${mark}">${means}</span>`);
  const table = renderTable(
    head.map((cell) => markup`${cell}`),
    rows.map((row) => row.map((cell) => markup`${cell}`)),
  );
  return markup`<figure class="plot">
    <figcaption>
      <strong>${title}</strong> <span>${caption}</span>${
        legend.length === 0 ? null : markup` <span class="keys">${legend}</span>`
      }
    </figcaption>
    ${joined(drawings)}
    <details>
      <summary>Figures of “${title}”</summary>
      ${table}
    </details>
  </figure>`;
}

/** Vega is loaded at the first plot: a second that no start of a server should wait for. */
async function draw(spec: Spec): Promise<string> {
  const { None, parse, View } = await import('vega');
  const view = new View(parse(spec), { renderer: 'none', logLevel: None });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Vega escapes what it writes. The drawing gets one label: its parts say nothing by themselves. */
function dressed(svg: string, name: string, label: string): Html {
  const { html: attributes } = markup`class="${name}" role="img" aria-label="${label}"`;
  return trusted(svg.replace('class="marks"', () => attributes));
}

/** Words from packets for a plot: one line, and no longer than a plot is wide. */
export const label = (text: string, max = 120): string =>
  bound(stripControls(text).replaceAll(/\s+/g, ' '), max);
