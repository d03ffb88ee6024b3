import { latin1, u8 } from '../../packets/bytes.ts';
import { readDhcp } from '../../packets/application/dhcp.ts';
import { readDns } from '../../packets/application/dns.ts';
import type { Heard } from '../../packets/application/heard.ts';
import { hasLayer, type Frame } from '../../packets/frame.ts';
import { layer } from '../../packets/layers.ts';
import { append, hex, put, type DraftRow } from './own-row.ts';

const DHCP = layer('dhcp');
const HSRP = layer('hsrp');
const DNS_LIKE = [layer('dns'), layer('mdns'), layer('llmnr')];

/** The fields of what a UDP datagram carries. */
export function putDatagram(row: DraftRow, frame: Frame): void {
  if (frame.applicationAt < 0) return;
  if (DNS_LIKE.some((number) => hasLayer(frame, number))) {
    putDns(row, frame.bytes, frame.applicationAt, frame.end);
  } else if (hasLayer(frame, DHCP)) {
    const { type, client, yours, hostName } = readDhcp(frame.bytes, frame.applicationAt, frame.end);
    if (type !== null) put(row, 'dhcp.option.dhcp', String(type));
    put(row, 'dhcp.hw.mac_addr', client);
    put(row, 'dhcp.ip.your', yours);
    if (hostName !== '') put(row, 'dhcp.option.hostname', withoutControls(hostName));
  } else if (hasLayer(frame, HSRP)) {
    putHsrp(row, frame);
  }
}

function putDns(row: DraftRow, bytes: Uint8Array, start: number, end: number): void {
  const message = readDns(bytes, start, end);
  if (message.isBroken) put(row, '_ws.malformed', '_ws.malformed');
  const { id, flags, questions, names, types } = message;
  append(row, 'dns.id', hex(id));
  append(row, 'dns.flags', hex(flags));
  append(row, 'dns.count.queries', String(questions));
  for (const address of message.addresses) append(row, 'dns.a', address);
  for (const address of message.addresses6) append(row, 'dns.aaaa', address);
  for (const name of message.owners) append(row, 'dns.resp.name', withoutControls(name));
  for (const name of message.pointers) append(row, 'dns.ptr.domain_name', withoutControls(name));
  for (const name of names) append(row, 'dns.qry.name', withoutControls(name));
  for (const type of types) append(row, 'dns.qry.type', String(type));
}

/** What the messages that end in this segment say. */
export function putHeard(row: DraftRow, { values }: Heard): void {
  for (const { field, value } of values) append(row, field, withoutControls(value));
}

/** HSRP version 1 (RFC 2281): the password of 8 bytes stands behind 8 others. */
function putHsrp(row: DraftRow, { bytes, applicationAt, end }: Frame): void {
  if (end - applicationAt < 20 || u8(bytes, applicationAt) !== 0) return;
  const password = latin1(bytes, applicationAt + 8, applicationAt + 16);
  put(row, 'hsrp.auth_data', withoutControls(password.split('\0')[0] ?? ''));
}

/** Packet text as a field: it must not look like several values. */
const withoutControls = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\u{fffd}');
