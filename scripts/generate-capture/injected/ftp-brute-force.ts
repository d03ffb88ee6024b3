import { ascii } from '../../../src/local-azure/traffic/packets/bytes.ts';
import type { Play } from '../schedule.ts';
import { MILLISECOND, pick, type Stage } from '../stage.ts';
import { openTcp, type TcpEnds } from '../tcp.ts';
import { farHost } from '../world.ts';

const TRIES = 110;

/** Someone outside tries passwords, one connection each. */
export function* ftpBruteForce(stage: Stage): Play {
  const { random, world } = stage;
  const client = farHost([203, 0, 113, 77], 24_000);
  const server = pick(random, world.neighbours);
  for (let n = 0; n < TRIES; n += 1) {
    stage.start(logIn(stage, { client, server, port: 21, isV6: false }, `password${n}`));
    yield 400 * MILLISECOND + random.integer(200 * MILLISECOND);
  }
}

function* logIn(stage: Stage, ends: TcpEnds, password: string): Play {
  const { truth } = stage;
  const connection = openTcp(stage, ends);
  yield* connection.open();
  yield* connection.say('server', ascii('220 files.example.com FTP server ready\r\n'));
  yield* connection.say('client', ascii('USER admin\r\n'));
  yield* connection.say('server', ascii('331 Password required for admin\r\n'));
  yield* connection.say('client', ascii(`PASS ${password}\r\n`));
  truth.ftpPasswords += 1;
  yield* connection.say('server', ascii('530 Login incorrect.\r\n'));
  truth.ftpRefusals += 1;
  yield* connection.close('client');
}
