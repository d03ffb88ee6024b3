import type { AuditFiles, Log, TaskStore } from '../ports.ts';

export type RestoreAudit = () => Promise<void>;

/**
 * Looks at first whether the audit files still end as they were left, and after that at those that were cut or replaced
 * under this server; what is missing in one is written again from the journal. Lines put back behind others don't hide
 * that they were taken out: the chain shows the place.
 */
export function createRestoreAudit(deps: {
  store: Pick<TaskStore, 'auditEnds' | 'exportedLines' | 'exportAgain'>;
  files: AuditFiles;
  log: Log;
}): RestoreAudit {
  const { store, files, log } = deps;
  let isFirst = true;
  return async () => {
    const suspects = new Set(files.takeSuspects());
    const ends = isFirst || suspects.size > 0 ? await store.auditEnds() : [];
    for (const end of ends) {
      const isSuspect = suspects.has(end.sessionId) || (isFirst && !(await files.endsIn(end)));
      if (!isSuspect) {
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
    isFirst = false;
  };
}
