import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ApprovalNeeded, type Consent } from '../../src/domain/approval.ts';
import type { CallContext } from '../../src/ports.ts';
import { quietCall } from './orchestrator.ts';

/** A call of somebody whose client can, or can't, ask them. */
export const calling = (consent: Consent): CallContext => ({ ...quietCall, consent });

/** What the person is asked, and the name of the plan behind it. */
export async function askedBy(act: () => Promise<unknown>): Promise<ApprovalNeeded> {
  const error = await act().then(
    () => expect.fail('nobody was asked'),
    (reason: unknown) => reason,
  );
  return error instanceof ApprovalNeeded ? error : expect.fail(String(error));
}

/** The audit of the session that orchestrators of tests are in. */
export function auditLines(dir: string): Record<string, unknown>[] {
  const text = readFileSync(join(dir, 'audit', 'orchestrator_tasks_test.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
