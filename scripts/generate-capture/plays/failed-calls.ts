import type { Play } from '../schedule.ts';
import { chance, pick, SECOND, type Stage } from '../stage.ts';
import { ACK, openTcp, RST, SYN } from '../tcp.ts';
import { farHost } from '../world.ts';
import type { Maker } from './play.ts';

const PORTS = [443, 8443, 5432, 1433, 22] as const;

/** A connection that nobody answers, or that is refused. */
export const failedCall: Maker = (stage) =>
  chance(stage.random, 0.6) ? { play: unanswered(stage), bytes: 360 } : { play: refused(stage), bytes: 160 };

function* unanswered(stage: Stage): Play {
  const { random, world, truth } = stage;
  const server = farHost([203, 0, 113, 1 + random.integer(250)], 30_000);
  const client = pick(random, world.clients);
  const connection = openTcp(stage, { client, server, port: pick(random, PORTS), isV6: false });
  const first = connection.client.next;
  connection.segment('client', SYN);
  for (const wait of [SECOND, 2 * SECOND, 4 * SECOND]) {
    yield wait;
    connection.client.next = first;
    connection.segment('client', SYN);
    truth.retransmissions += 1;
  }
}

function* refused(stage: Stage): Play {
  const { random, world } = stage;
  const client = pick(random, world.clients);
  const server = pick(random, world.neighbours);
  const connection = openTcp(stage, { client, server, port: 9_000 + random.integer(40), isV6: false });
  connection.segment('client', SYN);
  yield server.roundTrip;
  connection.server.next = 0;
  connection.segment('server', RST | ACK);
}
