import { markup, joined, type Html } from './markup.ts';
import type { Block } from './markdown.ts';

/** Ids that stand on the page, so that a word in bold which is one of them leads there. */
export type Anchors = ReadonlySet<string>;

const NO_ANCHORS: Anchors = new Set();

/** Blocks as HTML. Headings stand two ranks below the page's own. */
export function renderBlocks(blocks: readonly Block[], anchors: Anchors = NO_ANCHORS): Html {
  return joined(
    blocks.map((block) => renderBlock(block, anchors)),
    '\n',
  );
}

function renderBlock(block: Block, anchors: Anchors): Html {
  switch (block.kind) {
    case 'heading':
      return block.rank <= 3
        ? markup`<h3>${inline(block.text, anchors)}</h3>`
        : markup`<h4>${inline(block.text, anchors)}</h4>`;
    case 'paragraph':
      return markup`<p>${inline(block.text, anchors)}</p>`;
    case 'code':
      return markup`<pre tabindex="0" role="region" aria-label="Text as it was printed"><code>${decoded(block.text)}</code></pre>`;
    case 'list': {
      const items = block.items.map((item) => markup`<li>${renderItem(item, anchors)}</li>`);
      return block.ordered
        ? markup`<ol>
            ${items}
          </ol>`
        : markup`<ul>
            ${items}
          </ul>`;
    }
    case 'table':
      return renderTable(
        block.head.map((cell) => inline(cell, anchors)),
        block.rows.map((row) => row.map((cell) => inline(cell, anchors))),
      );
  }
}

function renderItem(blocks: readonly Block[], anchors: Anchors): Html {
  const [first, ...rest] = blocks;
  return first?.kind === 'paragraph'
    ? joined([inline(first.text, anchors), renderBlocks(rest, anchors)])
    : renderBlocks(blocks, anchors);
}

/**
 * A table that stays one to those who hear it where a narrow page shows its rows as cards, each value with the name of
 * its column: hence the roles, which browsers drop from tables that are laid out otherwise.
 */
export function renderTable(head: readonly Html[], rows: readonly (readonly Html[])[]): Html {
  const names = head.map(({ html: name }) => name.replaceAll(/<[^>]*>/g, ''));
  const cells = (row: readonly Html[]): Html[] =>
    row.map(
      (cell, index) =>
        markup`<td role="cell" data-label="${{ html: names[index] ?? '' }}"><span>${cell}</span></td>`,
    );
  return markup`<div class="table">
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${head.map((cell) => markup`<th role="columnheader" scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (row) =>
            markup`<tr role="row">
              ${cells(row)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A line of text with its code spans and what is bold; all else is what it says. */
export function inline(text: string, anchors: Anchors = NO_ANCHORS): Html {
  const pieces: Html[] = [];
  let at = 0;
  for (const span of text.matchAll(/(?<!`)(`+)(?!`)([^]*?[^`])\1(?!`)/g)) {
    pieces.push(bold(text.slice(at, span.index), anchors));
    pieces.push(markup`<code>${decoded((span[2] ?? '').replace(/^ (.*) $/s, '$1').trim())}</code>`);
    at = span.index + span[0].length;
  }
  pieces.push(bold(text.slice(at), anchors));
  return joined(pieces);
}

function bold(text: string, anchors: Anchors): Html {
  const pieces = text.split('**');
  // Without a partner the last pair of stars is only stars.
  if (pieces.length % 2 === 0) {
    const last = pieces.pop() ?? '';
    pieces.push(`${pieces.pop() ?? ''}**${last}`);
  }
  return joined(
    pieces.map((piece, index) => (index % 2 === 0 ? markup`${decoded(piece)}` : strong(piece, anchors))),
  );
}

/** "**F1, F3**" leads to both. */
function strong(text: string, anchors: Anchors): Html {
  const words = text
    .split(', ')
    .map((word) =>
      anchors.has(word) ? markup`<a href="#${idOf(word)}">${word}</a>` : markup`${decoded(word)}`,
    );
  return markup`<strong>${joined(words, ', ')}</strong>`;
}

/** A finding's id as the id of an element. */
export const idOf = (id: string): string => `finding-${id.replaceAll(/[^\w.-]/g, '_')}`;

/** What the report had to write otherwise to keep a viewer of Markdown from taking it for HTML. */
const decoded = (text: string): string => text.replaceAll('&lt;', '<');
