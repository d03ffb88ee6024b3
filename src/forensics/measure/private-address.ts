import { isIpv6, isMac } from './packet.ts';

/** Whether an address belongs to inside networks (RFC 1918, 4193, 6598, link-local, loopback), or is no IP address. */
export function isPrivate(address: string): boolean {
  if (isMac(address)) return true;
  if (isIpv6(address)) return /^(f[cd]|fe[89ab]|::1$)/i.test(address);
  return /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    address,
  );
}
