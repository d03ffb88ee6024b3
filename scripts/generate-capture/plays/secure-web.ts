import { concat } from '../../../src/local-azure/traffic/packets/bytes.ts';
import * as tls from '../messages/tls.ts';
import { pour } from '../pour.ts';
import type { Play } from '../schedule.ts';
import { ciphertext } from '../sources.ts';
import { chance, heavyTailed, MILLISECOND, noiseOf, pick, type Stage } from '../stage.ts';
import { openTcp, type Connection } from '../tcp.ts';
import { onTheWire, visit, type Maker, type Visit } from './play.ts';

const FAILURES = Object.values(tls.ALERT);
const ALPN = [['h2', 'http/1.1'], ['http/1.1']] as const;
const SMALLEST_TRANSFER = 55_000;

/** A visit over TLS 1.0, 1.2 or 1.3: handshake, request, a transfer with what goes wrong in it, and an end. */
export function secureWeb(chains: readonly (readonly Uint8Array[])[]): Maker {
  return (stage, largest) => {
    const bytes = heavyTailed(stage.random, Math.min(SMALLEST_TRANSFER, largest / 4), largest);
    return { play: play(stage, bytes, pick(stage.random, chains)), bytes: onTheWire(bytes) + 4_500 };
  };
}

function* play(stage: Stage, bytes: number, chain: readonly Uint8Array[]): Play {
  const { random } = stage;
  const there = visit(stage);
  const draw = random.between(0, 1);
  const version = draw < 0.6 ? tls.TLS13 : draw < 0.96 ? tls.TLS12 : tls.TLS10;
  const connection = openTcp(stage, { ...there, port: 443 });
  yield* connection.open();
  yield* hello(stage, connection, version, there);
  if (chance(random, 0.025)) {
    yield* connection.say('server', tls.alert(version, pick(random, FAILURES)));
    stage.truth.plainAlerts += 1;
    return yield* connection.close('server');
  }
  yield* version === tls.TLS13
    ? handshake13(stage, connection)
    : handshake12(stage, connection, version, chain);
  yield* connection.say('client', tls.applicationData(version, noiseOf(stage, 200 + random.integer(500))));
  yield* connection.acknowledge('server');
  yield 2 * MILLISECOND + random.integer(40 * MILLISECOND);
  const from = chance(random, 0.88) ? 'server' : 'client';
  yield* pour(stage, { connection, from, bytes, source: ciphertext(stage, version, bytes), mayFail: true });
  yield* end(stage, connection, version);
}

function* hello(stage: Stage, connection: Connection, version: tls.TlsVersion, { server }: Visit): Play {
  const protocols = pick(stage.random, ALPN);
  const message = tls.clientHello(version, { random: noiseOf(stage, 96), name: server.name, protocols });
  yield* connection.say('client', message);
  stage.truth.clientHellos += 1;
  stage.truth.serverNames += 1;
}

function* handshake13(stage: Stage, connection: Connection): Play {
  const { random, truth } = stage;
  const flight = concat(
    tls.handshakeRecord(tls.TLS13, tls.serverHello(tls.TLS13, noiseOf(stage, 96))),
    tls.changeCipherSpec(tls.TLS13),
    tls.applicationData(tls.TLS13, noiseOf(stage, 2_200 + random.integer(1_500))),
  );
  yield* connection.say('server', flight, random.integer(3 * MILLISECOND));
  truth.serverHellos += 1;
  yield* connection.acknowledge('client');
  const finish = tls.applicationData(tls.TLS13, noiseOf(stage, 69));
  yield* connection.say('client', concat(tls.changeCipherSpec(tls.TLS13), finish));
}

function* handshake12(
  stage: Stage,
  connection: Connection,
  version: tls.TlsVersion,
  chain: readonly Uint8Array[],
): Play {
  const { random, truth } = stage;
  const flight = concat(
    tls.handshakeRecord(version, tls.serverHello(version, noiseOf(stage, 96))),
    tls.handshakeRecord(version, tls.certificates(chain)),
    tls.handshakeRecord(version, tls.serverHelloDone()),
  );
  yield* connection.say('server', flight, random.integer(3 * MILLISECOND));
  truth.serverHellos += 1;
  truth.certificateMessages += 1;
  yield* connection.acknowledge('client');
  const exchange = concat(
    tls.handshakeRecord(version, tls.clientKeyExchange(noiseOf(stage, 32))),
    tls.changeCipherSpec(version),
    tls.finished(version, noiseOf(stage, 40)),
  );
  yield* connection.say('client', exchange);
  yield* connection.say(
    'server',
    concat(tls.changeCipherSpec(version), tls.finished(version, noiseOf(stage, 40))),
  );
  yield* connection.acknowledge('client');
}

/** Most connections are closed as they should be; some are reset, and some never end. */
function* end(stage: Stage, connection: Connection, version: tls.TlsVersion): Play {
  const draw = stage.random.between(0, 1);
  if (draw < 0.08) return;
  if (draw < 0.2) return yield* connection.reset('client');
  yield* connection.say('client', tls.closeNotify(version, noiseOf(stage, 26)));
  yield* connection.acknowledge('server');
  yield* connection.close('client');
}
