import { CapwrightError, type ErrorCode } from '../../domain/errors.ts';
import { errorFacts, safeCause, type ErrorFacts } from './error-facts.ts';

/** Which half of Azure was talked to: they refuse for different reasons. */
export type Plane = 'arm' | 'blob';

/**
 * Turns what an Azure SDK throws into our error with our words; `doing` reads like "reading the VM". Azure's code
 * and correlation id stay in the cause. Anything that isn't Azure's comes back as it is: a bug stays a bug.
 */
export function azureError(error: unknown, doing: string, plane: Plane): unknown {
  if (error instanceof CapwrightError) {
    return error;
  }
  const facts = errorFacts(error);
  const saying =
    identity(facts) ?? byLimit(facts, plane) ?? byCode(facts) ?? byStatus(facts, plane) ?? byNetwork(facts);
  if (saying === null) {
    return error;
  }
  return new CapwrightError(saying.code, `${saying.what} while ${doing}.`, saying.next, safeCause(facts));
}

/** The error of a call whose caller gave it up. */
export function cancelled(doing: string): CapwrightError {
  return new CapwrightError('CANCELLED', `The call was cancelled while ${doing}.`, 'Call again to go on.');
}

/** The error of work that Azure didn't finish in time; what it did is found out by reading. */
export function overdue(doing: string): CapwrightError {
  return new CapwrightError(
    'AZURE_UNAVAILABLE',
    `Azure gave no final answer in time while ${doing}.`,
    'Try again in a minute; what Azure did meanwhile is read back first.',
  );
}

interface Saying {
  code: ErrorCode;
  what: string;
  next: string;
}

const AGAIN = 'Try again in a minute.';
const SIGN_IN =
  'Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET for the server, then call again.';
const RENEW = 'Renew the credentials (`az login`, or a valid AZURE_CLIENT_SECRET), then call again.';

const UNAVAILABLE: Saying = { code: 'AZURE_UNAVAILABLE', what: 'Azure could not answer', next: AGAIN };
const BUSY: Saying = { code: 'AZURE_BUSY', what: 'Azure asked to wait', next: AGAIN };
const SUBSCRIPTION: Saying = {
  code: 'AZURE_NOT_CONFIGURED',
  what: 'Azure does not know the subscription for these credentials',
  next: 'Run `az account list --output table`, and call again with a subscription_id from it.',
};

const BY_CODE: Record<string, Saying> = {
  AnotherOperationInProgress: BUSY,
  RetryableError: BUSY,
  ReferencedResourceNotProvisioned: BUSY,
  Conflict: BUSY,
  OperationPreempted: UNAVAILABLE,
  SubscriptionNotFound: SUBSCRIPTION,
  InvalidSubscriptionId: SUBSCRIPTION,
  MissingSubscriptionRegistration: {
    code: 'AZURE_NOT_CONFIGURED',
    what: 'The subscription has not registered the resource provider',
    next: 'Run `az provider register --namespace Microsoft.Network`, wait for it, then call again.',
  },
  ScopeLocked: {
    code: 'FORBIDDEN',
    what: 'A resource lock stands in the way',
    next: 'Have the lock on the resource group of the Network Watcher removed (`az lock list`), then call again.',
  },
  BlobImmutableDueToPolicy: {
    code: 'FORBIDDEN',
    what: 'The storage account keeps the file under an immutability policy or a legal hold',
    next: 'Leave the file to whoever owns the policy of the storage account.',
  },
  RequestDisallowedByPolicy: {
    code: 'FORBIDDEN',
    what: 'A policy of the subscription does not allow it',
    next: 'Ask whoever owns the Azure policy for an exemption for packet captures.',
  },
};

const CERTIFICATE = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'REQUEST_SEND_ERROR',
  'PARSE_ERROR',
]);

function identity({ name, status }: ErrorFacts): Saying | null {
  switch (name) {
    case 'AuthenticationError':
      return status !== null && (status >= 500 || status === 429)
        ? { ...UNAVAILABLE, what: 'The sign-in service could not answer' }
        : { code: 'CREDENTIALS', what: 'Azure did not accept the credentials', next: RENEW };
    case 'AggregateAuthenticationError':
    case 'CredentialUnavailableError':
    case 'AuthenticationRequiredError':
      return { code: 'CREDENTIALS', what: 'No usable Azure credentials were found', next: SIGN_IN };
    default:
      return null;
  }
}

/** Azure documents no code for it, so that the words that its codes share are looked for. */
const LIMIT = /limit|quota|exceeded/i;

/** An answer that no limit lasts behind, such as that of throttling, is left to its status. */
function byLimit({ code, status, operation }: ErrorFacts, plane: Plane): Saying | null {
  const isRefusal = operation === 'failed' || [400, 403, 409].includes(status ?? 0);
  return plane === 'arm' && isRefusal && code !== null && LIMIT.test(code)
    ? {
        code: 'AZURE_REFUSED',
        what: 'Azure refused for one of its limits or quotas',
        next: 'Delete captures that are not needed any more (cleanup_orphans finds them; a region of a subscription takes 10,000 sessions at once), then call again. The server log has the code that Azure gave.',
      }
    : null;
}

function byCode({ code, operation }: ErrorFacts): Saying | null {
  const known = code === null ? undefined : BY_CODE[code];
  if (known !== undefined) {
    return known;
  }
  if (
    operation === 'canceled' ||
    (operation === 'failed' && (code === null || code === 'InternalServerError'))
  ) {
    return { ...UNAVAILABLE, what: 'Azure gave the operation up' };
  }
  return operation === 'failed' ? refused('Azure refused the operation') : null;
}

function byStatus({ status }: ErrorFacts, plane: Plane): Saying | null {
  switch (status) {
    case null:
      return null;
    case 401:
      return { code: 'CREDENTIALS', what: 'Azure did not accept the credentials', next: RENEW };
    case 403:
      return forbidden(plane);
    case 412:
    case 429:
      return BUSY;
    case 404:
      return {
        ...UNAVAILABLE,
        what: 'An answer came that is not from Azure',
        next: 'Check the ARM endpoint.',
      };
    default:
      return status === 408 || status >= 500 ? UNAVAILABLE : refused('Azure refused the request');
  }
}

function byNetwork({ name, code }: ErrorFacts): Saying | null {
  if (code !== null && CERTIFICATE.has(code)) {
    return {
      code: 'AZURE_NOT_CONFIGURED',
      what: 'The certificate of the Azure endpoint is not trusted',
      next: 'Check the configured endpoint, and give the server the CA file that signs it.',
    };
  }
  return name === 'AbortError' || (code !== null && NETWORK.has(code)) ? UNAVAILABLE : null;
}

function forbidden(plane: Plane): Saying {
  return plane === 'arm'
    ? {
        code: 'FORBIDDEN',
        what: 'The credentials lack a right',
        next: 'Grant the identity the actions listed in the README (Network Watcher packetCaptures, VM and storage read), then call again.',
      }
    : {
        code: 'FORBIDDEN',
        what: 'The storage account refused access',
        next: 'Grant the identity the role Storage Blob Data Reader (Storage Blob Data Contributor to delete files), let this machine through the account firewall, then call again.',
      };
}

function refused(what: string): Saying {
  return {
    code: 'AZURE_REFUSED',
    what,
    next: 'Check the arguments of start_capture; the server log has the code that Azure gave.',
  };
}
