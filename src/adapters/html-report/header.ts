import type { Analysis } from '../../domain/analysis.ts';
import { isNotable, SEVERITIES } from '../../domain/finding.ts';
import { seconds, size } from '../../domain/report-tables.ts';
import { bound } from '../../domain/untrusted.ts';
import { badge } from './finding-card.ts';
import { markup, joined, NOTHING, type Html } from './markup.ts';
import { idOf, type Anchors } from './prose.ts';

const MAX_WORDS = 2_000;
const WORST_SHOWN = 3;
const MAX_MACHINES = 200;

/** What a reader wants to know first: how bad, how sure, of which file, when, and whether all of it was looked at. */
export function pageHeader(analysis: Analysis, anchors: Anchors): Html {
  const { capture, partial } = analysis;
  return markup`<header>
    <p class="kicker">Packet capture analysis</p>
    <h1>${verdict(analysis)}</h1>
    ${partial === null ? null : markup`<p class="banner"><strong>Partial analysis.</strong> ${bound(partial, MAX_WORDS)}</p>`}
    ${capture.damaged === null ? null : markup`<p class="banner"><strong>The file is damaged.</strong> ${bound(capture.damaged, MAX_WORDS)}</p>`}
    ${worst(analysis, anchors)}
    <dl class="facts">${facts(analysis)}</dl>
    ${machines(analysis)}
  </header>`;
}

/** How bad it is, in one line; a title for the page as well. */
export function verdict({ findings }: Analysis): string {
  const counted = SEVERITIES.toReversed().flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  if (findings.length === 0) return 'Nothing was found in what was looked at';
  return findings.some(isNotable)
    ? `Findings: ${counted.join(', ')}`
    : `Nothing of medium or higher severity; findings: ${counted.join(', ')}`;
}

function worst({ findings }: Analysis, anchors: Anchors): Html {
  const shown = findings.filter(isNotable).slice(0, WORST_SHOWN);
  if (shown.length === 0) return NOTHING;
  const items = shown.map(({ id, severity, title, confidence, because }) => {
    const words = markup`<span class="id">${id}</span> ${bound(title, MAX_WORDS)}`;
    const linked = anchors.has(id) ? markup`<a href="#${idOf(id)}">${words}</a>` : words;
    return markup`<li>
      ${badge(severity)} ${linked}
      <span class="sure">Confidence ${confidence}: ${bound(because, MAX_WORDS)}</span>
    </li>`;
  });
  return markup`<ol class="worst">
    ${items}
  </ol>`;
}

function facts(analysis: Analysis): Html {
  const { capture, sandbox, verification, authorship } = analysis;
  const rows: [string, Html | string][] = [
    [
      'Recorded',
      `${capture.firstPacketAt ?? 'time unknown'} to ${capture.lastPacketAt ?? 'time unknown'}, ${seconds(capture.durationSeconds)}`,
    ],
    ['Traffic', `${capture.packets} packets, ${size(capture.dataBytes)} on the wire`],
    ['File', markup`${bound(capture.format, 200)}, ${size(capture.bytes)}${hash(capture.sha256)}`],
    ['Coverage', coverageLine(analysis)],
    ['Read in', bound(sandbox, MAX_WORDS)],
    ['Written by', `${bound(authorship.reporter, 200)}; script by ${bound(authorship.planner, 200)}`],
  ];
  if (verification.claims > 0) {
    const { claims, confirmed, struck } = verification;
    rows.push(['Claims of the model', `${confirmed} of ${claims} confirmed, ${struck} struck`]);
  }
  return joined(
    rows.map(
      ([name, value]) =>
        markup`<div>
          <dt>${name}</dt>
          <dd>${typeof value === 'string' ? markup`${value}` : value}</dd>
        </div>`,
    ),
  );
}

/** Of several files there is no one hash. */
const hash = (sha256: string): Html =>
  sha256 === '' ? markup`, several files` : markup`, SHA-256 <code>${bound(sha256, 100)}</code>`;

function coverageLine({ partial, coverage, capture }: Analysis): string {
  const whole = partial === null ? 'The whole file was read' : 'Not everything was looked at';
  const cut =
    capture.snappedPackets > 0 ? `; ${capture.snappedPackets} packets were recorded only in part` : '';
  if (coverage === null) return `${whole}${cut}.`;
  const of = (state: (typeof coverage.groups)[number]['state']): number =>
    coverage.groups.filter((group) => group.state === state).length;
  return `${whole}${cut}. Of ${coverage.groups.length} groups of problems, ${of('looked')} were looked for without limits, ${of('limited')} with limits, ${of('no_traffic')} had no traffic, ${of('not_judged')} were not judged.`;
}

/** Of several machines each, the healthy ones and those that brought nothing among them. */
function machines({ instances }: Analysis): Html {
  if (instances.length === 0) return NOTHING;
  const items = instances
    .slice(0, MAX_MACHINES)
    .map(({ name, findingsTotal, packets, problem }) =>
      problem === null
        ? markup`<li><strong>${bound(name, 200)}</strong>: ${findingsTotal} findings, ${packets} packets</li>`
        : markup`<li class="lost"><strong>${bound(name, 200)}</strong>: ${bound(problem, MAX_WORDS)}</li>`,
    );
  const rest = instances.length - items.length;
  return markup`<ul class="machines" aria-label="Machines">
    ${items}${rest > 0 ? markup`<li>and ${rest} more</li>` : null}
  </ul>`;
}
