import { macText } from '../../packets/addresses.ts';
import { u16le, u8 } from '../../packets/bytes.ts';
import type { Frame } from '../../packets/frame.ts';
import { hex, put, type DraftRow } from './own-row.ts';

const CONTROL = 1;
const DATA = 2;
const HEADER = 24;
const PROTECTED = 0x40;
/** Control frames with a transmitter: block acknowledgements, power save poll, request to send, end of contention. */
const WITH_TRANSMITTER = new Set([0x18, 0x19, 0x1a, 0x1b, 0x1e, 0x1f]);
/** Deauthentication and disassociation begin with a reason, answers of an access point hold a status. */
const REASON_SUBTYPES = new Set([0x0a, 0x0c]);
const STATUS_AT = new Map([
  [0x01, 2],
  [0x03, 2],
  [0x0b, 4],
]);

/** The fields of the IEEE 802.11 header, and of management frames why somebody was sent away or refused. */
export function putWlan(row: DraftRow, { bytes, wlanAt: at, end }: Frame): void {
  const kind = (u8(bytes, at) >> 2) & 3;
  const subtype = (kind << 4) | (u8(bytes, at) >> 4);
  const flags = u8(bytes, at + 1);
  put(row, 'wlan.fc.type_subtype', hex(subtype));
  put(row, 'wlan.flags', `0x${flags.toString(16).padStart(2, '0')}`);
  if (kind === CONTROL) {
    if (WITH_TRANSMITTER.has(subtype) && end - at >= 16) put(row, 'wlan.ta', macText(bytes, at + 10));
    return;
  }
  if (kind > DATA || end - at < HEADER) return;
  const direction = flags & 3;
  put(row, 'wlan.ta', macText(bytes, at + 10));
  if (direction !== 3) put(row, 'wlan.bssid', macText(bytes, at + ([16, 4, 10][direction] ?? 16)));
  put(row, 'wlan.seq', String(u16le(bytes, at + 22) >> 4));
  if (kind === DATA || (flags & PROTECTED) !== 0) return;
  const body = at + HEADER;
  if (REASON_SUBTYPES.has(subtype) && end - body >= 2)
    put(row, 'wlan.fixed.reason_code', hex(u16le(bytes, body)));
  const statusAt = STATUS_AT.get(subtype);
  if (statusAt !== undefined && end - body >= statusAt + 2)
    put(row, 'wlan.fixed.status_code', hex(u16le(bytes, body + statusAt)));
}
