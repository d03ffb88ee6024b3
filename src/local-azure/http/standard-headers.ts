import { randomUUID } from 'node:crypto';

/** The headers that every ARM answer carries, save those that tell how many requests are left. */
export function standardHeaders(): Record<string, string> {
  const id = randomUUID();
  const stamp = new Date().toISOString().replace(/[-:]/gu, '').replace(/\.\d+/u, '');
  return {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-ms-request-id': randomUUID(),
    'x-ms-correlation-request-id': id,
    'x-ms-routing-request-id': `EASTUS:${stamp}:${id}`,
    'x-ms-arm-service-request-id': randomUUID(),
    'x-ms-operation-identifier': `tenantId=,objectId=,/eastus/${randomUUID()}`,
    'x-msedge-ref': `Ref A: ${id.replaceAll('-', '').toUpperCase()} Ref B: LOCAL Ref C: ${stamp}`,
  };
}
