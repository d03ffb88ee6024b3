import type { Sandbox, SandboxSession } from '../../ports.ts';
import type { Slots } from './slots.ts';

/**
 * A sandbox with no more open sessions than there are slots. A session's slot is free again once it has stopped, even
 * where stopping failed, and at once where opening did.
 */
export function createSlottedSandbox(sandbox: Sandbox, slots: Slots): Sandbox {
  return {
    async open(options) {
      const release = await slots.acquire(options.signal, options.onWait);
      try {
        return givingBack(await sandbox.open(options), release);
      } catch (error) {
        release();
        throw error;
      }
    },
    status: () => sandbox.status(),
    leftovers: () => sandbox.leftovers(),
    remove: (id) => sandbox.remove(id),
  };
}

function givingBack(session: SandboxSession, release: () => void): SandboxSession {
  return {
    ...session,
    async stop() {
      try {
        await session.stop();
      } finally {
        release();
      }
    },
  };
}
