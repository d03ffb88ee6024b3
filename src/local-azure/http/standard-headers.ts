import { randomUUID } from 'node:crypto';

/** The headers that every ARM answer carries; the limits are those of a fresh subscription. */
export function standardHeaders(method: string, path: string): Record<string, string> {
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
    ...limits(method, path),
  };
}

function limits(method: string, path: string): Record<string, string> {
  if (path.toLowerCase().includes('/microsoft.compute/')) {
    return { 'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/LowCostGetResource;25' };
  }
  const remaining = 'x-ms-ratelimit-remaining-subscription';
  if (method === 'DELETE') {
    return { [`${remaining}-deletes`]: '199', [`${remaining}-global-deletes`]: '2999' };
  }
  // The recordings of 2026 charge queryStatus as a read although it is a POST.
  if (method === 'GET' || path.toLowerCase().endsWith('/querystatus')) {
    return { [`${remaining}-global-reads`]: '3749' };
  }
  return { [`${remaining}-writes`]: '199', [`${remaining}-global-writes`]: '2999' };
}
