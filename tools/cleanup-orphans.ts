import { CleanupInput } from '../src/domain/inputs.ts';
import { CleanupView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { summarizeCleanup } from './summaries.ts';
import { defineTool } from './tool.ts';

/** cleanup_orphans: plans what to remove, and removes it when the plan comes back. */
export function createCleanupOrphans({ cleanupOrphans }: Pick<UseCases, 'cleanupOrphans'>) {
  return defineTool({
    name: 'cleanup_orphans',
    title: 'Clean up leftovers',
    description: [
      'Find and remove leftover Azure packet captures, stuck tasks, sandbox containers and temporary files.',
      'The first call, without plan_id, deletes nothing: it lists what would go and answers with a plan_id.',
      'Show the plan to the user, then call again with that plan_id to carry it out; the server may ask the user itself.',
      'What has changed since is skipped, and captures that others made are listed but never touched.',
      'A plan_id stays valid for an hour, also for another server on the same state directory.',
    ].join(' '),
    input: CleanupInput,
    output: CleanupView,
    effect: 'destroys',
    idempotent: true,
    openWorld: true,
    run: (input, call) => cleanupOrphans(input, call),
    summary: summarizeCleanup,
  });
}
