import { afterEach, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../src/adapters/language-model/anthropic-model.ts';
import { analysisOf } from '../fakes/forensics.ts';
import { createFakeSandbox, type Behaviour } from '../fakes/sandbox.ts';
import { type Answer, type AnthropicStandIn, startAnthropicStandIn } from '../stand-ins/anthropic.ts';

const standIns: AnthropicStandIn[] = [];
afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
});

/** tshark's counts for every filter asked for: two frames each, and nothing but words for anything else. */
const behaviour: Behaviour = ({ argv, onStdout }) => {
  const asked = argv.filter((word) => word.startsWith('plen,tree,'));
  if (asked.length === 0) return { stdout: '== Unanswered ==\n6 SYN from 10.0.0.4 -> 10.0.0.9, frame 11\n' };
  const counts = asked.map((_, index) => (index === 0 ? 240 : index === asked.length - 1 ? 0 : 2));
  onStdout?.(new TextEncoder().encode(counts.map((count) => `Packet Lengths ${count}\n`).join('')));
  return {};
};

interface Reply {
  summary: string;
  remarks?: { ids: string[]; text: string }[];
  advice?: { ids: string[]; text: string }[];
}

const written = (all: { ids: string[]; text: string }[]): object[] =>
  all.map(({ ids, text }) => ({ finding_ids: ids, command_ids: [], text }));

const report = ({ summary, remarks = [], advice = [] }: Reply): Answer => ({
  text: JSON.stringify({
    executive_summary: summary,
    notable_findings: written(remarks),
    recommendations: written(advice),
  }),
});

/** Plan first, then these reports, over the real SDK. */
async function told(...reports: Answer[]) {
  const plan: Answer = { text: JSON.stringify({ script: 'tshark -n -r /workspace/pocket.pcap' }) };
  const standIn = await startAnthropicStandIn([plan, ...reports]);
  standIns.push(standIn);
  const model = createAnthropicModel({
    apiKey: 'sk-test',
    model: null,
    baseUrl: standIn.baseUrl,
    log: () => undefined,
  });
  const { analysis } = await analysisOf({ model, sandbox: createFakeSandbox(behaviour) });
  const { report: markdown, verification } = analysis;
  const [kept = '', struck = ''] = markdown.split('### Not confirmed');
  return { analysis, verification, written: kept, struck, turns: standIn.seen.slice(1) };
}

const TRUE = report({
  summary: 'Six SYN segments from 10.0.0.4 to 10.0.0.9 port 5432 got no answer (F1).',
  remarks: [{ ids: ['F1'], text: 'The first one stands in frame 11. A firewall may drop them.' }],
  advice: [{ ids: ['F1'], text: 'Run `ss -ltnp` on 10.0.0.9 and read what listens on port 5432.' }],
});
const HALLUCINATED = report({
  summary:
    'Nine SYN segments from 10.0.0.4 to 10.0.0.9 port 5432 got no answer (F1). The hosts are 10.0.0.4 and 10.0.0.9 (F1).',
  remarks: [
    {
      ids: ['F1'],
      text: 'The first one stands in frame 12. It came from 10.9.9.9. A firewall may drop them.',
    },
  ],
});

describe('a report by a model over the real SDK', () => {
  it('that is true is asked for once and stands as it is', async () => {
    const { verification, written, turns } = await told(TRUE);

    expect(turns).toHaveLength(1);
    expect(verification).toMatchObject({ struck: 0, corrected: false, notConfirmed: [], leftOut: [] });
    expect(verification.confirmed).toBe(verification.claims);
    expect(written).toContain(`${verification.claims} of ${verification.claims} confirmed.`);
    expect(written).toContain('Run `ss -ltnp` on 10.0.0.9');
  });

  it('with numbers, frames and addresses out of thin air is sent back with the reasons, and mended', async () => {
    const { verification, written, turns } = await told(HALLUCINATED, TRUE);

    expect(turns).toHaveLength(2);
    expect(turns[1]?.user).toContain(
      '"9" (syn unanswered) is not a number that the findings and commands that it cites show',
    );
    expect(turns[1]?.user).toContain('The address 10.9.9.9 belongs to none of the findings');
    expect(verification).toMatchObject({ struck: 0, corrected: true, notConfirmed: [] });
    expect(written).toContain('Six SYN segments');
    expect(written).not.toContain('10.9.9.9');
  });

  it('that is not mended loses those sentences, which stand under Not confirmed', async () => {
    const { verification, written, struck, turns } = await told(HALLUCINATED, HALLUCINATED);

    expect(turns).toHaveLength(2);
    expect(written).not.toMatch(/Nine SYN|frame 12|10\.9\.9\.9/);
    expect(written).toContain('The hosts are 10.0.0.4 and 10.0.0.9 (F1).');
    expect(written).toContain('Model: A firewall may drop them.');
    expect(struck).toMatch(/Nine SYN[\s\S]*frame 12[\s\S]*10\.9\.9\.9/);
    expect(verification.notConfirmed).toHaveLength(3);
    expect(verification.claims).toBe(verification.confirmed + verification.struck);
    expect(verification.struck).toBeGreaterThanOrEqual(3);
  });

  it('that obeys a capture and says that all is fine loses that, and the finding stands', async () => {
    const fine = report({ summary: 'Nothing suspicious was found and no action is needed.' });

    const { verification, written, struck, turns } = await told(fine, fine);

    expect(turns[1]?.user).toContain('No remark under notable_findings cites F1.');
    expect(turns[1]?.user).toContain('The executive summary does not name F1 by id.');
    expect(written).toContain("Nothing of the model's summary could be confirmed");
    expect(written).toContain('### F1 · high ·');
    expect(written).not.toContain('Nothing suspicious');
    expect(struck).toContain('contradicts F1 (high)');
    expect(verification.leftOut).toEqual(['F1']);
  });

  it('that says nothing at all is no way out: the findings are put in, and the model is named for it', async () => {
    const empty = report({ summary: 'The capture has been looked at.' });

    const { verification, written, turns } = await told(empty, empty);

    expect(turns).toHaveLength(2);
    expect(verification.leftOut).toEqual(['F1']);
    expect(written).toContain('Measured, and not named by the model above:');
    expect(written).toMatch(/- \*\*F1\*\* high: SYNs to 10\.0\.0\.9 port 5432 stay unanswered/);
  });

  it('that raises a severity loses the sentence', async () => {
    const loud = report({
      summary: 'F1 is critical. Six SYN segments got no answer (F1).',
      remarks: [{ ids: ['F1'], text: 'The port is filtered, or the server may be down.' }],
    });

    const { written, struck } = await told(loud, loud);

    expect(written).not.toContain('F1 is critical');
    expect(struck).toContain('is a higher severity than any finding behind it has');
  });

  it('cites filters that are run again, all in one run', async () => {
    const filters = report({
      summary:
        'The filter `tcp.flags.reset==1` matches 2 frames; six SYN segments got no answer (F1). The filter `tcp.flags.fin==1` matches 3 frames.',
      remarks: [{ ids: ['F1'], text: 'A firewall may drop them.' }],
    });

    const { analysis, written, struck } = await told(filters, filters);

    expect(analysis.commands.filter(({ step }) => step === 'verify')).toHaveLength(1);
    expect(written).toContain('`tcp.flags.reset==1` matches 2 frames');
    expect(struck).toContain('matches 3 frames');
  });

  it('keeps the first reply where the correction is unusable or refused', async () => {
    for (const second of [{ text: 'Sorry.' }, { refusal: true }] satisfies Answer[]) {
      const { analysis, written, struck } = await told(HALLUCINATED, second);

      expect(written).toContain('The hosts are 10.0.0.4 and 10.0.0.9 (F1).');
      expect(struck).toContain('Nine SYN');
      expect(analysis.authorship.note).toMatch(/correct/);
    }
  });

  it('shows what was struck without life in it', async () => {
    const alive = report({
      summary: '<script>alert(1)</script> [x](http://evil.example) says 99 packets (F1).',
    });

    const { struck, analysis } = await told(alive, alive);

    expect(struck).toContain('99 packets');
    expect(struck).not.toMatch(/<script|\]\(http/);
    expect(JSON.stringify(analysis.verification)).not.toContain('<script');
  });
});
