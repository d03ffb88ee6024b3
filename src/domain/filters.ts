import type { PacketFilter } from './capture-plan.ts';
import { CapwrightError } from './errors.ts';

/**
 * Refuses filters that Azure would accept and then silently capture nothing with: a list mixed with a range, a
 * range with half an address, CIDR.
 */
export function validateFilters(filters: readonly PacketFilter[]): void {
  filters.forEach((filter, index) => {
    check(filter.local_ip, isAddress, `filters[${index}].local_ip`, ADDRESS);
    check(filter.remote_ip, isAddress, `filters[${index}].remote_ip`, ADDRESS);
    check(filter.local_port, isPort, `filters[${index}].local_port`, PORT);
    check(filter.remote_port, isPort, `filters[${index}].remote_port`, PORT);
  });
}

const ADDRESS =
  'one address ("10.0.0.4"), one range ("10.0.0.4-10.0.0.9") or a list ("10.0.0.4;10.0.0.7"); no CIDR';
const PORT = 'one port ("443"), one range ("80-85") or a list ("80;443")';

function check(
  value: string | undefined,
  isValid: (part: string) => boolean,
  field: string,
  allowed: string,
): void {
  if (value === undefined) {
    return;
  }
  const list = value.split(';').filter((part) => part !== '');
  const range = value.split('-');
  const good =
    (list.length > 0 && list.every(isValid)) ||
    (range.length === 2 && range.every(isValid) && !value.includes(';'));
  if (!good) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${field} is ${JSON.stringify(value.slice(0, 80))}, which Azure would accept and then capture nothing.`,
      `Call start_capture again with ${allowed}.`,
    );
  }
}

function isPort(part: string): boolean {
  return /^\d{1,5}$/.test(part) && Number(part) >= 1 && Number(part) <= 65_535;
}

function isAddress(part: string): boolean {
  return isIpv4(part) || isIpv6(part);
}

function isIpv4(part: string): boolean {
  const octets = part.split('.');
  return octets.length === 4 && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255);
}

function isIpv6(part: string): boolean {
  const halves = part.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const full = halves.length === 1 && groups.length === 8;
  const shortened = halves.length === 2 && groups.length < 8;
  return (full || shortened) && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
}
