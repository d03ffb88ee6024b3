import type { Packet } from '../traffic/packets/link.ts';
import type { CaptureFilter } from './request.ts';

/**
 * Decides which packets a capture keeps: those that any entry matches, or all without entries.
 * A malformed range matches nothing, as in the real service, which then hands out an empty capture.
 */
export function packetFilter(filters: readonly CaptureFilter[], localAddress: string) {
  return (packet: Packet): boolean =>
    filters.length === 0 || filters.some((filter) => matches(filter, packet, localAddress));
}

function matches(filter: CaptureFilter, packet: Packet, localAddress: string): boolean {
  const outgoing = packet.source.address === localAddress;
  const [local, remote] = outgoing
    ? [packet.source, packet.destination]
    : [packet.destination, packet.source];
  return (
    (filter.protocol === 'Any' || filter.protocol === packet.protocol) &&
    within(filter.localIPAddress, local.address, addressNumber) &&
    within(filter.remoteIPAddress, remote.address, addressNumber) &&
    within(filter.localPort, String(local.port), Number) &&
    within(filter.remotePort, String(remote.port), Number)
  );
}

/** Accepts "a", "a-b" and "a;b;"; comparisons with what is no number are never true. */
function within(wanted: string, actual: string, toNumber: (text: string) => number): boolean {
  const value = toNumber(actual);
  const entries = wanted.split(';').filter((entry) => entry !== '');
  return (
    wanted === '' ||
    entries.some((entry) => {
      const [low = '', high = low] = entry.split('-');
      return value >= toNumber(low) && value <= toNumber(high);
    })
  );
}

function addressNumber(address: string): number {
  const parts = address.split('.').map(Number);
  return parts.length === 4 ? parts.reduce((total, part) => total * 256 + part, 0) : Number.NaN;
}
