import type { Frame } from '../frame.ts';
import { layer } from '../layers.ts';
import { createDnsReader } from './dns-over-tcp.ts';
import type { Dialogue, MessageReader } from './heard.ts';
import { createHttpReader, isHttpStart } from './http.ts';
import { createLdapReader } from './ldap.ts';
import { createLineReader } from './lines.ts';
import { createModbusReader } from './modbus.ts';
import { createNamedReader, createTelnetReader } from './telnet.ts';
import { createTlsReader, isTlsStart } from './tls.ts';

type Role = 'client' | 'server';

/** TCP services by port. */
const SERVICES = new Map<number, (role: Role, dialogue: Dialogue) => MessageReader>([
  [21, (role, dialogue) => createLineReader('ftp', role, dialogue)],
  [22, () => createNamedReader(layer('ssh'))],
  [23, createTelnetReader],
  [25, (role, dialogue) => createLineReader('smtp', role, dialogue)],
  [53, createDnsReader],
  [110, (role, dialogue) => createLineReader('pop', role, dialogue)],
  [143, (role, dialogue) => createLineReader('imap', role, dialogue)],
  [389, createLdapReader],
  [502, createModbusReader],
  [587, (role, dialogue) => createLineReader('smtp', role, dialogue)],
]);

/** The reader for what this segment begins with: by its first bytes, else by port; null where nothing fits. */
export function readerFor(frame: Frame, dialogue: Dialogue): MessageReader | null {
  const { bytes, payloadAt, end, sourcePort, targetPort } = frame;
  if (payloadAt >= end) return null;
  if (isHttpStart(bytes, payloadAt, end)) return createHttpReader(dialogue);
  if (isTlsStart(bytes, payloadAt, end)) return createTlsReader();
  const atServer = SERVICES.get(sourcePort);
  const atClient = SERVICES.get(targetPort);
  if (atClient !== undefined) return atClient('client', dialogue);
  return atServer === undefined ? null : atServer('server', dialogue);
}
