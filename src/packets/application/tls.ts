import { u16, u24, u8 } from '../bytes.ts';
import { layer } from '../layers.ts';
import { hear, hearLayer, hex16, type Dialogue, type Heard, type MessageReader } from './heard.ts';
import { isSsl2Hello, takeSsl2 } from './ssl2.ts';
import { tellHandshake } from './tls-handshake.ts';

const TLS = layer('tls');
const HEADER = 5;
const LONGEST_RECORD = 18_432;
const LONGEST_MESSAGE = 131_072;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const HEARTBEAT = 24;

/** TLS and SSL 3 records (RFC 8446, section 5): handshakes and alerts as long as they are not encrypted. */
export function createTlsReader(): MessageReader {
  /** Handshake bytes of records before, whose message is not whole yet. */
  let pending = new Uint8Array(0);
  let isEncrypted = false;
  let passing = 0;

  const takeHandshake = (bytes: Uint8Array, start: number, end: number, heard: Heard): void => {
    const all = new Uint8Array(pending.length + end - start);
    all.set(pending);
    all.set(bytes.subarray(start, end), pending.length);
    let at = 0;
    while (all.length - at >= 4) {
      const length = u24(all, at + 1);
      if (length > LONGEST_MESSAGE) break;
      if (all.length - at - 4 < length) {
        pending = all.slice(at);
        return;
      }
      tellHandshake(heard, u8(all, at), all, at + 4, at + 4 + length);
      at += 4 + length;
    }
    pending = new Uint8Array(0);
  };

  return {
    begins: isTlsStart,
    take: (bytes, start, end, heard) => {
      if (isSsl2Hello(bytes, start, end)) return takeSsl2(bytes, start, end, heard);
      if (end - start < HEADER) return 0;
      if (!isRecord(bytes, start, end)) return -1;
      const length = u16(bytes, start + 3);
      const type = u8(bytes, start);
      const version = u16(bytes, start + 1);
      if (type === APPLICATION_DATA || (type === HANDSHAKE && isEncrypted)) {
        passing = version;
        if (end - start - HEADER >= length) tellPassed(heard, version);
        return HEADER + length;
      }
      if (end - start - HEADER < length) return 0;
      const body = start + HEADER;
      hearLayer(heard, TLS);
      hear(heard, 'tls.record.version', hex16(version));
      if (type === CHANGE_CIPHER_SPEC) isEncrypted = true;
      else if (type === HANDSHAKE) takeHandshake(bytes, body, body + length, heard);
      else if (type === ALERT && !isEncrypted && length === 2) {
        hear(heard, 'tls.alert_message.level', String(u8(bytes, body)));
        hear(heard, 'tls.alert_message.desc', String(u8(bytes, body + 1)));
      }
      return HEADER + length;
    },
    pending: () => pending.length,
    passed: (heard) => tellPassed(heard, passing),
    finish: () => undefined,
  };
}

/** Reads on where both sides have agreed to change to TLS, and these bytes begin it. */
export const tlsIfAgreed = (
  { secure }: Dialogue,
  bytes: Uint8Array,
  start: number,
  end: number,
): MessageReader | null => (secure === 'agreed' && isTlsStart(bytes, start, end) ? createTlsReader() : null);

/** Whether a record, or the hello of SSL 2, can begin here. */
export const isTlsStart = (bytes: Uint8Array, start: number, end: number): boolean =>
  isRecord(bytes, start, end) || isSsl2Hello(bytes, start, end);

/** A record whose content nobody can read is told, but is no news. */
function tellPassed(heard: Heard, version: number): void {
  const { isNews } = heard;
  hearLayer(heard, TLS);
  hear(heard, 'tls.record.version', hex16(version));
  heard.isNews = isNews;
}

function isRecord(bytes: Uint8Array, start: number, end: number): boolean {
  const type = u8(bytes, start);
  return (
    end - start >= HEADER &&
    type >= CHANGE_CIPHER_SPEC &&
    type <= HEARTBEAT &&
    u8(bytes, start + 1) === 3 &&
    u8(bytes, start + 2) <= 4 &&
    u16(bytes, start + 3) <= LONGEST_RECORD &&
    (type === APPLICATION_DATA || u16(bytes, start + 3) > 0)
  );
}
