import { describe, it } from 'vitest';
import { loginError, loginRequest, ticketAnswer, ticketRequest } from './kerberos-messages.ts';
import { repeat } from './packets.ts';
import { expectFound, type Expected } from './wire-check.ts';
import { paced, udp, type WirePacket } from './wire.ts';

const up = { from: '10.1.0.1', to: '10.2.0.2', source: 40_000, target: 88 };
const down = { from: '10.2.0.2', to: '10.1.0.1', source: 88, target: 40_000 };

const found: [string, WirePacket[], Expected, boolean][] = [
  [
    'tickets asked for with RC4 alone',
    paced(
      0.1,
      repeat(3, (n) => {
        const service = ['MSSQLSvc', `db${n}.a.example`];
        return [udp(up, ticketRequest(service, [23])), udp(down, ticketAnswer('ann', service, 23))];
      }).flat(),
    ),
    ['kerberoasting', 'high', 6],
    true,
  ],
  [
    'a ticket that only an old service account gets',
    paced(0.1, [
      udp(up, ticketRequest(['HTTP', 'web.a.example'], [18, 17, 23])),
      udp(down, ticketAnswer('ann', ['HTTP', 'web.a.example'], 23)),
    ]),
    ['kerberoasting', 'medium', 1],
    true,
  ],
  [
    'one password for many names',
    paced(0.1, repeat(8, (n) => [udp(up, loginRequest(`user${n}`)), udp(down, loginError(24))]).flat()),
    ['password_spray', 'high', 8],
    true,
  ],
];

describe('Kerberos as it is on the wire', () => {
  it.each(found)('shows %s', async (_, packets, expected, exact) => {
    await expectFound(packets, expected, exact);
  });
});
