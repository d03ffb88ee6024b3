import type { CaptureReading } from './capture-plan.ts';
import type { Failure } from './errors.ts';

/** Azure's words for a session that went wrong, each with its plain cause and the fix. */
const CAUSES: Record<string, { message: string; next: string }> = {
  AgentStopped: {
    message: 'The Network Watcher agent on the VM stopped during the capture.',
    next: 'Check that the NetworkWatcherAgent extension is healthy on the VM, then call start_capture again.',
  },
  CaptureFailed: {
    message: 'The agent on the VM could not capture packets.',
    next: 'Check disk space and the NetworkWatcherAgent extension on the VM, then call start_capture again.',
  },
  LocalFileFailed: {
    message: 'The agent could not write the capture file on the VM.',
    next: 'Free disk space on the VM, then call start_capture again.',
  },
  StorageFailed: {
    message: 'The capture could not be written to the storage account.',
    next: 'Check that the container exists, that shared-key access is allowed and that the VM reaches the account, then call start_capture again.',
  },
  InternalError: {
    message: 'Network Watcher reports an internal error for this capture.',
    next: 'Call start_capture again; if it repeats, reinstall the NetworkWatcherAgent extension on the VM.',
  },
};

/** The failure that a reading of the session tells of, or null where nothing is wrong with it. */
export function captureFailure(reading: CaptureReading): Failure | null {
  for (const error of reading.errors) {
    const cause = CAUSES[error];
    if (cause !== undefined) {
      return { code: 'CAPTURE_FAILED', ...cause };
    }
  }
  if (reading.status === 'Error' || reading.errors.length > 0 || reading.provisioningState === 'Failed') {
    return {
      code: 'CAPTURE_FAILED',
      message: 'Azure reports that the capture session failed and gives no known cause.',
      next: 'Check the VM and its NetworkWatcherAgent extension, then call start_capture again.',
    };
  }
  return null;
}
