import { textOf } from '../content/payload.ts';
import type { Packet } from '../packet.ts';
import type { LoginSign } from './login-signs.ts';

/** Where dissectors find the command themselves. */
const HOME_PORTS = [21, 110];
const PASS = 'PASS ';
const GUEST = /^USER (anonymous|ftp)\r\n/i;
const LOOKED_AT = 24;
/** Both commands begin with one of these: P, U or u. */
const FIRST_BYTES = new Set([0x50, 0x55, 0x75]);

/** The password command of FTP and POP3, spoken on a port where no dissector looks for it. */
export const FOREIGN_PASSWORD: LoginSign = {
  id: 'foreign-pass',
  protocol: 'FTP or POP3 on a port of another protocol',
  layer: 'tcp',
  from: 'client',
  shows: (packet: Packet) => {
    const { layers, transport } = packet;
    if (transport === null || transport.payload < 6 || HOME_PORTS.includes(transport.targetPort)) return 'no';
    if (layers.includes('ftp') || layers.includes('pop')) return 'no';
    const bytes = packet.payload();
    if (!FIRST_BYTES.has(bytes[0] ?? 0)) return 'no';
    const payload = textOf(bytes.subarray(0, LOOKED_AT));
    if (GUEST.test(payload)) return 'anonymous';
    return payload.startsWith(PASS) ? 'yes' : 'no';
  },
  filter: `tcp.payload[0:5] == 50:41:53:53:20 && !ftp && !pop && !(tcp.dstport in {${HOME_PORTS.join(', ')}})`,
};
