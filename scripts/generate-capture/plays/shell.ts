import { ascii, concat, long, octets } from '../../../src/local-azure/traffic/packets/bytes.ts';
import type { Play } from '../schedule.ts';
import { noiseOf, pick, SECOND, type Stage } from '../stage.ts';
import { openTcp, ACK } from '../tcp.ts';
import type { Maker } from './play.ts';

const ALGORITHMS = [
  'curve25519-sha256,ecdh-sha2-nistp256',
  'ssh-ed25519,rsa-sha2-512',
  'aes128-ctr,aes256-ctr',
  'aes128-ctr,aes256-ctr',
  'hmac-sha2-256',
  'hmac-sha2-256',
  'none',
  'none',
  '',
  '',
];

/** Someone types into a shell over SSH, pauses for a keep-alive, and leaves. */
export const shell: Maker = (stage) => {
  const keys = 40 + stage.random.integer(300);
  return { play: play(stage, keys), bytes: 4_000 + keys * 380 };
};

function* play(stage: Stage, keys: number): Play {
  const { random, world } = stage;
  const client = pick(random, world.clients);
  const server = pick(random, world.neighbours);
  const connection = openTcp(stage, { client, server, port: 22, isV6: false });
  yield* connection.open();
  yield* connection.say('server', ascii('SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n'));
  yield* connection.say('client', ascii('SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n'));
  yield* connection.say('server', keyExchange(stage));
  yield* connection.say('client', keyExchange(stage));
  yield* connection.say('client', packet(30, sshString(noiseOf(stage, 32))));
  yield* connection.say('server', packet(31, keyReply(stage)));
  yield* connection.say('client', packet(21, new Uint8Array(0)));
  yield* connection.acknowledge('server');
  for (let key = 0; key < keys; key += 1) {
    yield random.integer(400_000);
    yield* connection.say('client', noiseOf(stage, 36));
    yield* connection.say('server', noiseOf(stage, 36 + 16 * random.integer(8)));
    yield* connection.acknowledge('client');
    if (key % 150 === 149) yield* keepAlive(stage, connection);
  }
  yield* connection.close('client');
}

/** One byte from before the end, without content, and the same acknowledgement once more. */
function* keepAlive({ truth }: Stage, connection: ReturnType<typeof openTcp>): Play {
  yield 3 * SECOND;
  const { client } = connection;
  const whole = client.next;
  client.next = (whole - 1) >>> 0;
  connection.segment('client', ACK);
  client.next = whole;
  truth.keepAlives += 1;
  yield connection.server.roundTrip;
  connection.segment('server', ACK);
  truth.keepAliveAcks += 1;
}

function keyExchange(stage: Stage): Uint8Array {
  const lists = ALGORITHMS.map((names) => sshString(ascii(names)));
  return packet(20, concat(noiseOf(stage, 16), ...lists, octets(0), long(0)));
}

/** The server's host key, its half of the exchange and its signature. */
function keyReply(stage: Stage): Uint8Array {
  const kind = sshString(ascii('ssh-ed25519'));
  const hostKey = concat(kind, sshString(noiseOf(stage, 32)));
  const signature = concat(kind, sshString(noiseOf(stage, 64)));
  return concat(sshString(hostKey), sshString(noiseOf(stage, 32)), sshString(signature));
}

const sshString = (content: Uint8Array): Uint8Array => concat(long(content.length), content);

/** An unencrypted SSH packet (RFC 4253, 6): length, padding, message. */
function packet(message: number, body: Uint8Array): Uint8Array {
  const padding = 4 + ((8 - ((body.length + 10) % 8)) % 8);
  return concat(long(body.length + 2 + padding), octets(padding, message), body, new Uint8Array(padding));
}
