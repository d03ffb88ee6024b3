import type { ReportedFinding } from '../../domain/analysis.ts';
import { FINDING_KINDS } from '../../domain/finding-kinds.ts';
import type { Severity } from '../../domain/finding.ts';
import { seconds } from '../../domain/report-tables.ts';
import { SEVERITY_RULES } from '../../domain/severity-rules.ts';
import { bound } from '../../domain/untrusted.ts';
import type { Block } from './markdown.ts';
import { markup, joined, type Html } from './markup.ts';
import { idOf, inline, renderBlocks, type Anchors } from './prose.ts';

const MAX_WORDS = 2_000;
const MAX_ADDRESSES = 8;
const MAX_FILTER = 4_000;

/** A severity as a word that is seen from afar. */
export const badge = (severity: Severity): Html =>
  markup`<span class="badge sev-${severity}">${severity}</span>`;

/**
 * A finding with all its evidence, and the words that the report has for it. `told` are the report's blocks under its
 * heading; of its list only what is not evidence is taken, since evidence comes from the finding itself.
 */
export function findingCard(finding: ReportedFinding, told: readonly Block[], anchors: Anchors): Html {
  const { id, severity, title, confidence, because, filter, evidenceCheck } = finding;
  const words = told.filter(({ kind }) => kind !== 'list');
  return markup`<article class="card edge-${severity}" id="${idOf(id)}">
    <h3>${badge(severity)} <span class="id">${id}</span> ${bound(title, MAX_WORDS)}</h3>
    <p class="sure"><strong>Confidence: ${confidence}.</strong> ${bound(because, MAX_WORDS)}</p>
    ${renderBlocks(words.map(withLead), anchors)}
    <dl>
      ${[
        ...extraRows(told).map(
          (text) =>
            markup`<div>
              <dt>Where</dt>
              <dd>${inline(text)}</dd>
            </div>`,
        ),
        row('Kind', markup`<code>${finding.kind}</code>`),
        row('Severity', markup`${severity}, by the rule: ${SEVERITY_RULES[finding.kind]}`),
        row('Who', who(finding)),
        row('Count', markup`${countOf(finding)}`),
        row('Frames', framesOf(finding)),
        row(
          'Evidence check',
          markup`<span class="check ${evidenceCheck.result.replace(' ', '-')}">${evidenceCheck.result}</span>.
            ${bound(evidenceCheck.note, MAX_WORDS)}`,
        ),
      ]}
    </dl>
    <p class="filter">
      <span>Display filter, to copy into Wireshark:</span> <code>${bound(filter, MAX_FILTER)}</code>
    </p>
  </article>`;
}

const row = (name: string, value: Html): Html =>
  markup`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

/** What the list says beside the evidence, such as the machine that shows it. */
function extraRows(told: readonly Block[]): string[] {
  const items = told.flatMap((block) => (block.kind === 'list' ? block.items : []));
  return items.flatMap(([first]) =>
    first?.kind === 'paragraph' && first.text.startsWith('Seen at:') ? [first.text.slice(8).trim()] : [],
  );
}

/** "Could also be: …" with its first words in bold, so that the eye finds them. */
function withLead(block: Block): Block {
  const lead = block.kind === 'paragraph' ? /^(Could also be|Not looked at|Model):\s/.exec(block.text) : null;
  return block.kind !== 'paragraph' || lead === null
    ? block
    : { kind: 'paragraph', text: `**${lead[1] ?? ''}:** ${block.text.slice(lead[0].length)}` };
}

function who({ actor, target, ports }: ReportedFinding): Html {
  const port = ports.length === 0 ? '' : `, port ${ports.join(', ')}`;
  return markup`${addresses(actor)} → ${addresses(target)}${port}`;
}

function addresses(list: readonly string[]): Html {
  if (list.length === 0) return markup`–`;
  const shown = list.slice(0, MAX_ADDRESSES).map((address) => markup`<code>${bound(address, 80)}</code>`);
  const rest = list.length - shown.length;
  return markup`${joined(shown, ', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function countOf({ count, kind }: ReportedFinding): string {
  const { counts } = FINDING_KINDS[kind];
  return counts === null ? String(count) : `${count} ${counts}`;
}

function framesOf({ frames, times }: ReportedFinding): Html {
  if (frames.length === 0) return markup`–`;
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const when =
    times.length === 0
      ? ''
      : first === last
        ? ` (at ${seconds(first)})`
        : ` (${seconds(first)} to ${seconds(last)})`;
  return markup`${frames.join(', ')}${when}`;
}
