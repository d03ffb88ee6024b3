import { ascii } from '../packets/bytes.ts';

/** An HTTP/1.1 request without body unless one is given. */
export function httpRequest(
  method: string,
  path: string,
  host: string,
  extra: readonly string[] = [],
  body = '',
): Uint8Array {
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'User-Agent: demo-client/1.0', 'Accept: */*'];
  return ascii(`${[...head, ...extra, ...length].join('\r\n')}\r\n\r\n${body}`);
}

/** An HTTP/1.1 response with its length stated. */
export function httpResponse(status: string, body: string, type = 'text/html'): Uint8Array {
  const head = [
    `HTTP/1.1 ${status}`,
    'Server: nginx',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ];
  return ascii(`${head.join('\r\n')}\r\n\r\n${body}`);
}
