import type { AuditFiles, Log, TaskStore } from '../ports.ts';

export type RestoreAudit = () => Promise<void>;

/**
 * Looks once whether the audit files still end as they were left, and lets what is missing in one be written again
 * from the journal. Lines put back behind others don't hide that they were taken out: the chain shows the place.
 */
export function createRestoreAudit(deps: {
  store: Pick<TaskStore, 'auditEnds' | 'exportedLines' | 'exportAgain'>;
  files: AuditFiles;
  log: Log;
}): RestoreAudit {
  const { store, files, log } = deps;
  return async () => {
    for (const end of await store.auditEnds()) {
      if (await files.endsIn(end)) {
        continue;
      }
      const lost = await files.missing(end.sessionId, await store.exportedLines(end.sessionId));
      if (lost.length > 0) {
        await store.exportAgain(lost);
        log('error', 'an audit file had lost lines; they are written again from the journal', {
          session: end.sessionId,
          lines: lost.length,
        });
      }
    }
  };
}
