import type { Play } from '../schedule.ts';
import { chance, heavyTailed, MILLISECOND, noiseOf, pick, type Stage } from '../stage.ts';
import { openTcp, type Connection } from '../tcp.ts';
import { openUdp } from '../udp.ts';
import { createHost, farHost, type Host } from '../world.ts';
import type { Maker } from '../plays/play.ts';
import { DATAGRAM_SERVICES } from './datagram-services.ts';
import type { Service } from './services.ts';
import { STREAM_SERVICES } from './stream-services.ts';

export const SERVICES: readonly Service[] = [...DATAGRAM_SERVICES, ...STREAM_SERVICES];

const WELL_KNOWN = 0.75;
const MEAN_MESSAGE = 330;

/** One short conversation with one of some sixty services, or in a protocol that nobody knows, on any port. */
export const manyProtocols: Maker = (stage) => {
  const { random } = stage;
  const service = pick(random, SERVICES);
  const rounds = heavyTailed(random, 1, 60, 1.1);
  const [first, later] = service.over === 'udp' ? [250, 690] : [870, 900];
  return { play: play(stage, service, rounds), bytes: first + later * (rounds - 1) };
};

function* play(stage: Stage, service: Service, rounds: number): Play {
  const { random } = stage;
  const port = chance(random, WELL_KNOWN) ? pick(random, service.ports) : 1_024 + random.integer(31_000);
  const ends = { client: someone(stage), server: someServer(stage), port, isV6: chance(random, 0.15) };
  if (service.over === 'udp') return yield* overUdp(stage, openUdp(stage, ends), service, rounds);
  const connection = openTcp(stage, ends);
  yield* connection.open();
  yield* overTcp(stage, connection, service, rounds);
  const draw = random.between(0, 1);
  if (draw < 0.2) return;
  yield* draw < 0.4 ? connection.reset('server') : connection.close('client');
}

type Datagrams = ReturnType<typeof openUdp>;

function* overUdp(stage: Stage, datagrams: Datagrams, service: Service, rounds: number): Play {
  const { random } = stage;
  for (let round = 0; round < rounds; round += 1) {
    yield round === 0 ? 0 : random.integer(300 * MILLISECOND);
    datagrams.ask(round === 0 ? service.ask : message(stage));
    if (chance(random, 0.2)) continue;
    yield 2 * MILLISECOND + random.integer(20 * MILLISECOND);
    datagrams.answer(round === 0 ? service.answer : message(stage));
  }
}

function* overTcp(stage: Stage, connection: Connection, service: Service, rounds: number): Play {
  if (service.greets === true) yield* connection.say('server', service.answer);
  yield* connection.say('client', service.ask);
  if (service.greets !== true) yield* connection.say('server', service.answer);
  for (let round = 1; round < rounds; round += 1) {
    yield stage.random.integer(300 * MILLISECOND);
    yield* connection.say('client', message(stage));
    yield* connection.say('server', message(stage));
    yield* connection.acknowledge('client');
  }
  yield* connection.acknowledge('client');
  yield* connection.acknowledge('server');
}

/** Some bytes that follow no protocol. */
const message = (stage: Stage): Uint8Array =>
  noiseOf(stage, 24 + stage.random.integer(2 * (MEAN_MESSAGE - 24)));

/** One of 16,000 hosts outside. */
export const someone = ({ random }: Stage): Host =>
  ((host) => ({ ...host, nextPort: host.nextPort + random.integer(28_000) }))(
    farHost([198, 18, random.integer(64), 1 + random.integer(250)], 3_000 + random.integer(40_000)),
  );

/** One of 4,000 hosts inside. */
export const someServer = ({ random }: Stage): Host => {
  const [third, last] = [16 + random.integer(16), 1 + random.integer(250)];
  return createHost({
    v4: [10, 0, third, last],
    mac: [2, 0x10, 0, 0, third, last],
    hops: 64,
    roundTrip: 400,
  });
};
