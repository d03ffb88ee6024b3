import type { Play } from '../schedule.ts';
import { MILLISECOND, pick, type Stage } from '../stage.ts';
import { ACK, openTcp, RST, SYN } from '../tcp.ts';

const PORTS = 1_000;
const OPEN = new Set([22, 80, 443]);

/** One client tries a thousand ports of one server; those that are open are hung up on at once. */
export function* synScan(stage: Stage): Play {
  const { random, world, truth } = stage;
  const client = pick(random, world.clients);
  const server = pick(random, world.neighbours);
  for (let port = 1; port <= PORTS; port += 1) {
    yield 5 * MILLISECOND + random.integer(5 * MILLISECOND);
    const connection = openTcp(stage, { client, server, port, isV6: false });
    connection.segment('client', SYN);
    truth.synScanProbes += 1;
    yield server.roundTrip;
    if (!OPEN.has(port)) {
      connection.server.next = 0;
      connection.segment('server', RST | ACK);
      continue;
    }
    connection.segment('server', SYN | ACK);
    yield client.roundTrip;
    connection.segment('client', RST);
  }
}
