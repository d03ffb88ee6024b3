import { CapwrightError } from '../domain/errors.ts';
import type { StartCaptureInput } from '../domain/inputs.ts';
import { quoted } from '../domain/quoted.ts';
import type { CallContext } from '../ports.ts';
import type { Guardrails, Purpose } from './guardrails.ts';
import type { PrepareCapture, Prepared } from './prepare-capture.ts';

export interface PrepareAllDeps {
  prepare: PrepareCapture;
  guardrails: Pick<Guardrails, 'checkTogether'>;
}

export interface PrepareAllOptions {
  purpose: Purpose;
  /** Of tasks that were planned before, one for each input. */
  plannedIds: readonly string[] | null;
}

/**
 * Checks all targets of one call at the same time. One refusal refuses them all: of several targets, each that is
 * refused is named. Two targets must not be one and the same machine.
 */
export async function prepareAll(
  { prepare, guardrails }: PrepareAllDeps,
  inputs: readonly StartCaptureInput[],
  { purpose, plannedIds }: PrepareAllOptions,
  call: CallContext,
): Promise<Prepared[]> {
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) {
    return [await prepare(only, purpose, call, plannedIds?.[0])];
  }
  const outcomes = await Promise.allSettled(
    inputs.map((input, n) => prepare(input, purpose, call, plannedIds?.[n])),
  );
  call.signal.throwIfAborted();
  mustAllBeGood(inputs, outcomes);
  const prepared = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  mustDiffer(inputs, prepared);
  await guardrails.checkTogether(
    prepared.map(({ found }) => found),
    purpose,
  );
  return prepared;
}

function mustAllBeGood(
  inputs: readonly StartCaptureInput[],
  outcomes: readonly PromiseSettledResult<Prepared>[],
): void {
  const refusals = outcomes.flatMap((outcome, n) =>
    outcome.status === 'rejected' ? [{ where: nameOf(inputs, n), reason: outcome.reason as unknown }] : [],
  );
  const unexpected = refusals.find(({ reason }) => !(reason instanceof CapwrightError));
  if (unexpected !== undefined) {
    throw unexpected.reason;
  }
  const known = refusals.flatMap(({ where, reason }) =>
    reason instanceof CapwrightError ? [{ where, error: reason }] : [],
  );
  const [first] = known;
  if (first !== undefined) {
    throw new CapwrightError(
      first.error.code,
      `${known.map(({ where, error }) => `${where}: ${error.message}`).join(' ')} Nothing was started for any target.`,
      first.error.next,
      first.error,
    );
  }
}

function mustDiffer(inputs: readonly StartCaptureInput[], prepared: readonly Prepared[]): void {
  const ids = prepared.map(({ found }) => found.plan.vmId.toLowerCase());
  const again = ids.findIndex((id, n) => ids.indexOf(id) !== n);
  if (again !== -1) {
    const first = ids.indexOf(ids[again] ?? '');
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${nameOf(inputs, first)} and ${nameOf(inputs, again)} are the same machine, which has one capture at a time. Nothing was started for any target.`,
      'Call start_capture again with each machine once.',
    );
  }
}

/** A target as the caller wrote it. */
function nameOf(inputs: readonly StartCaptureInput[], n: number): string {
  return `targets[${n}] ${quoted(inputs[n]?.target ?? '')}`;
}
