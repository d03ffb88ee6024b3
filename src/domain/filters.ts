import type { PacketFilter } from './capture-plan.ts';
import { CapwrightError } from './errors.ts';

/**
 * Refuses filters that Azure would accept and then silently capture nothing with: a list mixed with a range, a range
 * with half an address or from high to low, CIDR.
 */
export function validateFilters(filters: readonly PacketFilter[]): void {
  filters.forEach((filter, index) => {
    check(filter.local_ip, parseAddress, `filters[${index}].local_ip`, ADDRESS);
    check(filter.remote_ip, parseAddress, `filters[${index}].remote_ip`, ADDRESS);
    check(filter.local_port, parsePort, `filters[${index}].local_port`, PORT);
    check(filter.remote_port, parsePort, `filters[${index}].remote_port`, PORT);
  });
}

/** The numbers that an address or a port is made of, most significant first. */
type Parse = (part: string) => readonly number[] | null;

/** Of one field; far more than anybody writes, and little enough to store with every step of a task. */
const MAX_LENGTH = 2000;
const ADDRESS =
  'one address ("10.0.0.4"), one range ("10.0.0.4-10.0.0.9", low to high) or a list ("10.0.0.4;10.0.0.7"); no CIDR';
const PORT = 'one port ("443"), one range ("80-85", low to high) or a list ("80;443")';

function check(value: string | undefined, parse: Parse, field: string, allowed: string): void {
  if (
    value === undefined ||
    (value.length <= MAX_LENGTH && (isList(value, parse) || isRange(value, parse)))
  ) {
    return;
  }
  const problem =
    value.length > MAX_LENGTH
      ? `${value.length} characters long`
      : `${JSON.stringify(value.slice(0, 80))}, which Azure would accept and then capture nothing`;
  throw new CapwrightError(
    'INVALID_ARGUMENT',
    `${field} is ${problem}.`,
    `Call start_capture again with ${allowed}, at most ${MAX_LENGTH} characters.`,
  );
}

/** One value, or several with a semicolon after each; after the last it may be left out. */
function isList(value: string, parse: Parse): boolean {
  return value
    .replace(/;$/, '')
    .split(';')
    .every((part) => parse(part) !== null);
}

function isRange(value: string, parse: Parse): boolean {
  const [low = null, high = null, ...more] = value.split('-').map(parse);
  return low !== null && high !== null && more.length === 0 && isOrdered(low, high);
}

/** Whether both are of one family, and the first is not above the second. */
function isOrdered(low: readonly number[], high: readonly number[]): boolean {
  const differs = low.findIndex((part, index) => part !== high[index]);
  return low.length === high.length && (differs < 0 || (low[differs] ?? 0) < (high[differs] ?? 0));
}

function parsePort(part: string): readonly number[] | null {
  const port = Number(part);
  return /^\d{1,5}$/.test(part) && port >= 1 && port <= 65_535 ? [port] : null;
}

function parseAddress(part: string): readonly number[] | null {
  return parseIpv4(part) ?? parseIpv6(part);
}

/** A leading zero would be octal to some and decimal to others. */
function parseIpv4(part: string): readonly number[] | null {
  const octets = part.split('.');
  const isGood = octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
  return octets.length === 4 && isGood ? octets.map(Number) : null;
}

function parseIpv6(part: string): readonly number[] | null {
  const halves = part.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail = []] = halves;
  const zeros = 8 - head.length - tail.length;
  const isGood = halves.length === 1 ? zeros === 0 : halves.length === 2 && zeros > 0;
  const groups = [...head, ...Array.from({ length: isGood ? zeros : 0 }, () => '0'), ...tail];
  return isGood && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : null;
}
