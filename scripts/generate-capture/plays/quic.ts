import { concat, octets } from '../../../src/local-azure/traffic/packets/bytes.ts';
import type { Play } from '../schedule.ts';
import { heavyTailed, noiseOf, type Stage } from '../stage.ts';
import { openUdp } from '../udp.ts';
import { visit, type Maker } from './play.ts';

const DATAGRAM = 1_232;
const VERSION_1 = [0, 0, 0, 1] as const;

/** A transfer in the shape of QUIC: headers as in RFC 9000, and noise where it is encrypted. */
export const quic: Maker = (stage, largest) => {
  const bytes = heavyTailed(stage.random, Math.min(40_000, largest / 4), Math.max(largest / 2, 8_000));
  return { play: play(stage, bytes), bytes: Math.ceil(bytes * 1.08) + 6_000 };
};

function* play(stage: Stage, bytes: number): Play {
  const { random } = stage;
  const { client, server, isV6 } = visit(stage);
  const { ask, answer } = openUdp(stage, { client, server, port: 443, isV6 });
  const [clientId, serverId] = [noiseOf(stage, 8), noiseOf(stage, 8)];
  ask(longHeader(stage, 0xc3, serverId, clientId));
  yield server.roundTrip;
  answer(longHeader(stage, 0xc1, clientId, serverId));
  yield 40;
  answer(longHeader(stage, 0xe1, clientId, serverId));
  yield client.roundTrip;
  ask(longHeader(stage, 0xe2, serverId, clientId));
  const packets = Math.ceil(bytes / DATAGRAM);
  for (let n = 0; n < packets; n += 1) {
    yield n % 32 === 31 ? server.roundTrip / 2 : 15 + random.integer(50);
    answer(shortHeader(stage, clientId, DATAGRAM));
    if (n % 4 !== 3) continue;
    yield 30;
    ask(shortHeader(stage, serverId, 34));
  }
}

/** An Initial (0xc…) or Handshake (0xe…) packet that fills its datagram. */
function longHeader(stage: Stage, first: number, to: Uint8Array, from: Uint8Array): Uint8Array {
  const isInitial = (first & 0x30) === 0;
  const head = concat(
    octets(first, ...VERSION_1, to.length),
    to,
    octets(from.length),
    from,
    ...(isInitial ? [octets(0)] : []),
  );
  const rest = DATAGRAM - head.length - 2;
  return concat(head, octets(0x40 | (rest >>> 8), rest), noiseOf(stage, rest));
}

function shortHeader(stage: Stage, to: Uint8Array, length: number): Uint8Array {
  return concat(octets(0x40 | stage.random.integer(64)), to, noiseOf(stage, length - 9));
}
