import { ascii } from '../../../src/local-azure/traffic/packets/bytes.ts';
import { pour } from '../pour.ts';
import type { Play } from '../schedule.ts';
import { formless, prose } from '../sources.ts';
import { chance, heavyTailed, MILLISECOND, pick, SECOND, type Stage } from '../stage.ts';
import { openTcp, type Connection } from '../tcp.ts';
import { onTheWire, visit, type Maker, type Visit } from './play.ts';

/** Answers and how many of a hundred are like them. */
const STATUSES: readonly [number, string][] = [
  [82, '200 OK'],
  [7, '302 Found'],
  [7, '404 Not Found'],
  [4, '500 Internal Server Error'],
];
const AGENTS = ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'curl/8.14.1'];
const PATHS = ['/', '/index.html', '/assets/app.js', '/api/v1/items?page=2', '/images/plan.png'];
const LARGEST = 600_000;

/** HTTP/1.1 with several requests on one connection; sometimes a page wants a password first. */
export const plainWeb: Maker = (stage, largest) => {
  const { random } = stage;
  const bodies = Array.from({ length: 1 + random.integer(6) }, () =>
    heavyTailed(random, 3_000, Math.min(LARGEST, Math.max(4_000, largest / 4))),
  );
  const total = bodies.reduce((sum, bytes) => sum + bytes, 0);
  return { play: play(stage, bodies), bytes: onTheWire(total * 0.86) + 800 * bodies.length + 500 };
};

function* play(stage: Stage, bodies: readonly number[]): Play {
  const { random } = stage;
  const there = visit(stage);
  const connection = openTcp(stage, { ...there, port: 80 });
  yield* connection.open();
  let password = '';
  for (const [index, bytes] of bodies.entries()) {
    if (index > 0) yield random.integer(2 * SECOND);
    if (password === '' && chance(random, 0.04)) {
      yield* request(stage, connection, there, '');
      yield* answer(stage, connection, '401 Unauthorized', 120);
      password = Buffer.from(`user${random.integer(40)}:spring${random.integer(100)}`).toString('base64');
    }
    yield* request(stage, connection, there, password);
    yield* answer(stage, connection, drawStatus(stage), bytes);
  }
  yield* chance(random, 0.9) ? connection.close('client') : connection.reset('server');
}

function drawStatus({ random }: Stage): string {
  let draw = random.integer(100);
  for (const [share, status] of STATUSES) {
    if (draw < share) return status;
    draw -= share;
  }
  return '200 OK';
}

function* request(stage: Stage, connection: Connection, { server }: Visit, password: string): Play {
  const { random, truth } = stage;
  const lines = [
    `GET ${pick(random, PATHS)} HTTP/1.1`,
    `Host: ${server.name}`,
    `User-Agent: ${pick(random, AGENTS)}`,
    'Accept: */*',
    ...(password === '' ? [] : [`Authorization: Basic ${password}`]),
  ];
  yield* connection.say('client', ascii(`${lines.join('\r\n')}\r\n\r\n`));
  truth.httpRequests += 1;
  if (password !== '') truth.basicLogins += 1;
}

function* answer(stage: Stage, connection: Connection, status: string, wanted: number): Play {
  const { random, truth } = stage;
  const isPage = !status.startsWith('200') || chance(random, 0.4);
  const bytes = status.startsWith('200') ? wanted : Math.min(wanted, 600);
  const lines = [
    `HTTP/1.1 ${status}`,
    'Server: nginx',
    `Content-Type: ${isPage ? 'text/html' : 'application/octet-stream'}`,
    `Content-Length: ${bytes}`,
    ...(status.startsWith('302') ? ['Location: /elsewhere'] : []),
    ...(status.startsWith('401') ? ['WWW-Authenticate: Basic realm="works"'] : []),
  ];
  const thinking = MILLISECOND + random.integer(60 * MILLISECOND);
  yield* connection.say('server', ascii(`${lines.join('\r\n')}\r\n\r\n`), thinking);
  truth.httpResponses += 1;
  if (Number(status.slice(0, 3)) >= 400) truth.httpErrors += 1;
  yield* pour(stage, { connection, from: 'server', bytes, source: isPage ? prose() : formless(stage) });
}
