/** What can be known about a failure of an Azure SDK without trusting its text. */
export interface ErrorFacts {
  name: string;
  status: number | null;
  /** Azure's or Node's code, such as `AuthorizationFailed` or `ECONNRESET`. */
  code: string | null;
  correlationId: string | null;
  /** How a long-running operation ended, where that is what failed. */
  operation: 'failed' | 'canceled' | null;
}

const CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,79}$/;
const ID = /^[A-Za-z0-9-]{1,64}$/;
const FAILED = /^The long-running operation has failed(?:\. ([A-Za-z0-9_.-]{1,80})\.)?/;

/** Reads the facts by shape, since importing the SDK's error classes would load the SDK. */
export function errorFacts(error: unknown): ErrorFacts {
  const response = field(error, 'response');
  const failed = FAILED.exec(text(error, 'message') ?? '');
  const status = field(error, 'statusCode') ?? field(response, 'status');
  return {
    name: text(error, 'name') ?? 'unknown',
    status: typeof status === 'number' ? status : null,
    code: matching(failed?.[1] ?? text(error, 'code') ?? errorCodeOf(error), CODE),
    correlationId: header(response, 'x-ms-correlation-request-id') ?? header(response, 'x-ms-request-id'),
    operation: operationOf(error, failed !== null),
  };
}

/** An error that is safe to keep and to log: SDK errors hold requests, and requests hold tokens. */
export function safeCause(facts: ErrorFacts): Error {
  const parts = [
    facts.name,
    facts.status === null ? null : `status ${facts.status}`,
    facts.code,
    facts.correlationId === null ? null : `correlation id ${facts.correlationId}`,
  ];
  return new Error(`Azure: ${parts.filter((part) => part !== null).join(', ')}`);
}

/** Codes with which ARM says that a resource is not there; any other 404 may be a proxy's or a wrong endpoint's. */
const MISSING = new Set(['NotFound', 'ResourceNotFound', 'ResourceGroupNotFound', 'ParentResourceNotFound']);

/** Whether ARM itself says that the resource doesn't exist. */
export function isMissing(error: unknown): boolean {
  const { status, code } = errorFacts(error);
  return status === 404 && code !== null && MISSING.has(code);
}

export function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function text(value: unknown, key: string): string | null {
  const found = field(value, key);
  return typeof found === 'string' ? found : null;
}

function matching(value: string | null, shape: RegExp): string | null {
  return value !== null && shape.test(value) ? value : null;
}

/** The identity library keeps the OAuth error name one level down. */
function errorCodeOf(error: unknown): string | null {
  return text(field(error, 'errorResponse'), 'error');
}

function header(response: unknown, name: string): string | null {
  const headers = field(response, 'headers');
  const get = field(headers, 'get');
  const value: unknown = typeof get === 'function' ? Reflect.apply(get, headers, [name]) : undefined;
  return matching(typeof value === 'string' ? value : null, ID);
}

function operationOf(error: unknown, failed: boolean): ErrorFacts['operation'] {
  if (failed) {
    return 'failed';
  }
  return text(error, 'message') === 'Operation was canceled' && text(error, 'name') === 'Error'
    ? 'canceled'
    : null;
}
