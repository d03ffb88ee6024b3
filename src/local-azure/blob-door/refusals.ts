import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Tokens } from '../identity/tokens.ts';
import type { Inventory } from '../inventory/inventory.ts';

/** An answer in the blob service's error form. */
export interface BlobError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The error with its code in header and body, as the SDK reads it. */
export function blobError(status: number, code: string, message: string): BlobError {
  const id = randomUUID();
  const text = `${message}\nRequestId:${id}\nTime:${new Date().toISOString()}`;
  return {
    status,
    headers: { 'x-ms-error-code': code, 'x-ms-request-id': id },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`,
  };
}

/** Why the account turns the request away before it looks at the blob: its firewall, or withdrawn credentials. */
export function refuseBlob(
  deps: { readonly inventory: Inventory; readonly tokens: Tokens; readonly authority: string },
  request: IncomingMessage,
  path: string,
): BlobError | undefined {
  const account = deps.inventory.account(path.split('/')[1] ?? '');
  const closed =
    account !== undefined &&
    (account.publicNetworkAccess === 'Disabled' || account.firewall.defaultAction === 'Deny');
  if (closed) {
    return blobError(
      403,
      'AuthorizationFailure',
      'This request is not authorized to perform this operation.',
    );
  }
  const { authorization } = request.headers;
  if (authorization?.startsWith('Bearer ') !== true) {
    return undefined;
  }
  // The roles of management give no right on the data; the operator has a data role beside its own.
  const role = deps.tokens.holder(authorization)?.role;
  if (role === 'reader' || role === 'none') {
    const text = 'This request is not authorized to perform this operation using this permission.';
    return blobError(403, 'AuthorizationPermissionMismatch', text);
  }
  return deps.tokens.accepted() ? undefined : unauthenticated(deps);
}

function unauthenticated(deps: { readonly inventory: Inventory; readonly authority: string }): BlobError {
  const message =
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.';
  const error = blobError(401, 'InvalidAuthenticationInfo', message);
  const issuer = `${deps.authority}/${deps.inventory.tenantId}/oauth2/authorize`;
  const challenge = `Bearer authorization_uri=${issuer} resource_id=https://storage.azure.com`;
  return { ...error, headers: { ...error.headers, 'www-authenticate': challenge } };
}
