import { BlockList, isIP } from 'node:net';
import { CapwrightError } from '../domain/errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Throws INVALID_ARGUMENT unless `host` is this machine talking to itself. */
export function requireLoopback(host: string): void {
  const family = isIP(host);
  const isLoopback =
    family === 0 ? host === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
  if (isLoopback) return;
  throw new CapwrightError(
    'INVALID_ARGUMENT',
    'Refused to listen beyond this machine: HTTP has no authentication yet, so anyone there could start captures.',
    'Use --host 127.0.0.1, and reach it from elsewhere through an SSH tunnel or a proxy that authenticates.',
  );
}

/** Values of the Host header, without port, that a server on `host` answers to; all others smell of DNS rebinding. */
export function hostNames(host: string): string[] {
  const names = ['localhost', '127.0.0.1', '[::1]'];
  const own = inUrl(host);
  return names.includes(own) ? names : [...names, own];
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
