/** Who has to act before the same call can succeed. */
export type Turn = 'caller' | 'operator' | 'provider' | 'capwright';

/** Every way Capwright says no. `retryable` means: the same call may succeed later with nothing changed. */
export const ERRORS = {
  INVALID_ARGUMENT: { turn: 'caller', retryable: false },
  PATH_NOT_ALLOWED: { turn: 'operator', retryable: false },
  FILE_NOT_FOUND: { turn: 'caller', retryable: false },
  FILE_UNREADABLE: { turn: 'caller', retryable: false },
  NOT_A_CAPTURE: { turn: 'caller', retryable: false },
  UNKNOWN_TASK: { turn: 'caller', retryable: false },
  UNKNOWN_PLAN: { turn: 'caller', retryable: false },
  PLAN_CHANGED: { turn: 'caller', retryable: false },
  PLAN_EXPIRED: { turn: 'caller', retryable: false },
  PLAN_USED: { turn: 'caller', retryable: false },
  APPROVAL_DECLINED: { turn: 'caller', retryable: false },
  APPROVAL_UNANSWERED: { turn: 'caller', retryable: true },
  TASK_NOT_READY: { turn: 'caller', retryable: true },
  VM_BUSY: { turn: 'caller', retryable: true },
  REQUEST_ID_REUSED: { turn: 'caller', retryable: false },
  POLICY_DENIED: { turn: 'operator', retryable: false },
  AZURE_NOT_CONFIGURED: { turn: 'operator', retryable: false },
  VM_NOT_FOUND: { turn: 'caller', retryable: false },
  VM_NOT_RUNNING: { turn: 'operator', retryable: false },
  LOCATION_MISMATCH: { turn: 'caller', retryable: false },
  WATCHER_NOT_FOUND: { turn: 'operator', retryable: false },
  AGENT_MISSING: { turn: 'operator', retryable: false },
  STORAGE_NOT_FOUND: { turn: 'caller', retryable: false },
  STORAGE_REFUSED: { turn: 'operator', retryable: false },
  CREDENTIALS: { turn: 'operator', retryable: true },
  FORBIDDEN: { turn: 'operator', retryable: false },
  AZURE_BUSY: { turn: 'provider', retryable: true },
  AZURE_UNAVAILABLE: { turn: 'provider', retryable: true },
  AZURE_REFUSED: { turn: 'caller', retryable: false },
  CAPTURE_FAILED: { turn: 'operator', retryable: false },
  CAPTURE_VANISHED: { turn: 'caller', retryable: false },
  CAPTURE_TIMED_OUT: { turn: 'provider', retryable: false },
  BLOB_MISSING: { turn: 'operator', retryable: false },
  FILE_TOO_LARGE: { turn: 'operator', retryable: false },
  DOWNLOAD_INTERRUPTED: { turn: 'provider', retryable: true },
  DISK_FULL: { turn: 'operator', retryable: true },
  STATE_UNAVAILABLE: { turn: 'operator', retryable: true },
  TASK_UNREADABLE: { turn: 'operator', retryable: false },
  SANDBOX_BUSY: { turn: 'capwright', retryable: true },
  SANDBOX_UNAVAILABLE: { turn: 'operator', retryable: true },
  SANDBOX_FAILED: { turn: 'capwright', retryable: true },
  MODEL_REFUSED: { turn: 'operator', retryable: false },
  MODEL_UNAVAILABLE: { turn: 'provider', retryable: true },
  CANCELLED: { turn: 'caller', retryable: true },
  INTERNAL: { turn: 'capwright', retryable: false },
} as const satisfies Record<string, { turn: Turn; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error that may reach a caller. `message` says what happened, `next` the call or command that helps;
 * both are our own words: text from Azure, tshark, a model or a packet never goes in unfenced.
 */
export class CapwrightError extends Error {
  readonly code: ErrorCode;
  readonly next: string;
  constructor(code: ErrorCode, message: string, next: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CapwrightError';
    this.code = code;
    this.next = next;
  }
  get turn(): Turn {
    return ERRORS[this.code].turn;
  }
  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** The stored and shown form of a failure. */
export interface Failure {
  code: ErrorCode;
  message: string;
  next: string;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof CapwrightError) {
    return { code: error.code, message: error.message, next: error.next };
  }
  return {
    code: 'INTERNAL',
    message: 'Capwright met an error it did not expect.',
    next: 'Look at the server log on stderr for the stack, and report it.',
  };
}
