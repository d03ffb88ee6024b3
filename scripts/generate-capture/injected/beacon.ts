import type { Play } from '../schedule.ts';
import * as tls from '../messages/tls.ts';
import { MILLISECOND, noiseOf, pick, SECOND, type Stage } from '../stage.ts';
import { openTcp, type TcpEnds } from '../tcp.ts';
import { createHost } from '../world.ts';

/** One client calls the same server every ten seconds, almost to the millisecond, and says little. */
export function* beacon(stage: Stage, seconds: number): Play {
  const { random, world } = stage;
  const server = createHost({ v4: [203, 0, 113, 254], mac: [2, 0, 0, 0, 0, 1], hops: 47, roundTrip: 31_000 });
  const client = pick(random, world.clients);
  for (let at = 0; at < seconds; at += 10) {
    stage.truth.beacons += 1;
    stage.start(
      callHome(stage, { client, server, port: 8443, isV6: false }),
      random.integer(60 * MILLISECOND),
    );
    yield 10 * SECOND;
  }
}

function* callHome(stage: Stage, ends: TcpEnds): Play {
  const connection = openTcp(stage, ends);
  const record = (length: number): Uint8Array => tls.applicationData(tls.TLS12, noiseOf(stage, length));
  yield* connection.open();
  yield* connection.say('client', record(96));
  yield* connection.say('server', record(48));
  yield* connection.close('client');
}
