import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Measure } from '../../src/forensics/measure/measure.ts';
import type { Model } from '../../src/ports.ts';
import { factsOf } from '../fakes/facts.ts';
import { analysisOf, failureOf, isRun, reportReply, scripts } from '../fakes/forensics.ts';
import { createFakeModel } from '../fakes/model.ts';

const noCapture: Measure = () =>
  Promise.reject(new CapwrightError('NOT_A_CAPTURE', 'No capture.', 'Send one.'));

describe('an analysis that meets trouble', () => {
  it('still reports what was measured when the sandbox is lost during the script', async () => {
    const { analysis, sandbox } = await analysisOf({
      behaviour: ({ argv }) => (isRun(argv) ? { outcome: 'engine_gone' } : {}),
    });

    expect(analysis.authorship.note).toContain('The sandbox failed during the script');
    expect(analysis.findings).toHaveLength(1);
    expect(sandbox.stopped).toBe(1);
  });

  it('opens its report with what was not measured, and keeps it as data', async () => {
    const partial = 'Dissector crash: tshark crashed in frame 58.';
    const { analysis } = await analysisOf({
      measure: () => Promise.resolve({ facts: factsOf(), findings: [], commands: [], partial }),
    });

    expect(analysis.partial).toBe(partial);
    expect(analysis.report).toMatch(/## Executive Summary\n\n\*\*Partial analysis\.\*\* Dissector crash: /);
    expect((await analysisOf()).analysis).toMatchObject({ partial: null });
  });

  it('stops the session and throws when measuring fails', async () => {
    const { error, sandbox } = await failureOf({ measure: noCapture });

    expect(error).toMatchObject({ code: 'NOT_A_CAPTURE' });
    expect(sandbox.stopped).toBe(1);
  });

  it('does not open a sandbox for a caller who has already cancelled', async () => {
    const { error, sandbox } = await failureOf({ signal: AbortSignal.abort() });

    expect(error).toMatchObject({ code: 'CANCELLED' });
    expect(sandbox.opened).toBe(0);
  });

  it.each(['measured', 'writes the analysis script', 'Running the script', 'Writing the report'])(
    'ends with CANCELLED and a stopped session when the caller cancels at "%s"',
    async (moment) => {
      const caller = new AbortController();
      const answer = createFakeModel([scripts.first, reportReply]);
      const model: Model = {
        name: 'cancellable',
        complete: (request) =>
          request.signal.aborted ? Promise.reject(new Error('aborted')) : answer.complete(request),
      };

      const { error, sandbox } = await failureOf({
        model,
        signal: caller.signal,
        behaviour: () => (caller.signal.aborted ? { outcome: 'cancelled' } : { stdout: 'fine' }),
        onMessage: (message) => {
          if (message.includes(moment)) caller.abort();
        },
      });

      expect(error).toMatchObject({ code: 'CANCELLED' });
      expect(sandbox.stopped).toBe(1);
    },
  );

  it('tells the caller where it is', async () => {
    const messages: string[] = [];

    await analysisOf({
      model: createFakeModel([scripts.first, reportReply]),
      onMessage: (message) => messages.push(message),
    });

    expect(messages).toEqual([
      'Opening the sandbox.',
      'measured',
      'The model writes the analysis script.',
      'Running the script, attempt 1 of 3.',
      'Writing the report.',
    ]);
  });
});
