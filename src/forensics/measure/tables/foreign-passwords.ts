import type { Packet } from '../packet.ts';
import { raw } from '../row.ts';
import type { LoginSign } from './login-signs.ts';

/** Where dissectors find the command themselves. */
const HOME_PORTS = [21, 110];
const PASS = '5041535320';
const GUEST = /^5553455220(616e6f6e796d6f7573|667470)0d0a/i;

/** The password command of FTP and POP3, spoken on a port where no dissector looks for it. */
export const FOREIGN_PASSWORD: LoginSign = {
  id: 'foreign-pass',
  protocol: 'FTP or POP3 on a port of another protocol',
  layer: 'tcp',
  from: 'client',
  shows: ({ row, layers, transport }: Packet) => {
    if (transport === null || transport.payload < 6 || HOME_PORTS.includes(transport.targetPort)) return 'no';
    if (layers.includes('ftp') || layers.includes('pop')) return 'no';
    const payload = raw(row, 'tcp.payload');
    if (GUEST.test(payload)) return 'anonymous';
    return payload.startsWith(PASS) ? 'yes' : 'no';
  },
  filter: `tcp.payload[0:5] == 50:41:53:53:20 && !ftp && !pop && !(tcp.dstport in {${HOME_PORTS.join(', ')}})`,
};
