import type { Play } from '../schedule.ts';
import { MILLISECOND, pick, type Stage } from '../stage.ts';
import { ACK, openTcp, SYN } from '../tcp.ts';
import { farHost } from '../world.ts';

const PACKETS = 800;
const BACKLOG = 128;

/** Connections that are only begun, each from another address that nobody has; the server answers until it is full. */
export function* synFlood(stage: Stage): Play {
  const { random, world, truth } = stage;
  const server = pick(random, world.neighbours);
  for (let n = 0; n < PACKETS; n += 1) {
    yield MILLISECOND + random.integer(4 * MILLISECOND);
    const client = farHost([100, 64 + (n >> 8), n & 0xff, 1 + random.integer(254)], 20_000);
    const connection = openTcp(stage, { client, server, port: 80, isV6: false });
    connection.segment('client', SYN);
    truth.synFloodPackets += 1;
    if (n >= BACKLOG) continue;
    yield server.roundTrip;
    connection.segment('server', SYN | ACK);
  }
}
