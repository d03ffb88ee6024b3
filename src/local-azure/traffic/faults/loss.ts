import { httpRequest } from '../messages/http.ts';
import { ascii } from '../packets/bytes.ts';
import type { Packet } from '../packets/link.ts';
import { sackOption, tcpFlag } from '../packets/tcp.ts';
import { createTcpFlow, segmentSize, split, type TcpFlow } from '../tcp-flow.ts';
import type { World } from '../world.ts';

const burstSize = 10;

interface Evidence {
  readonly fast: Packet[];
  readonly timedOut: Packet[];
  readonly duplicates: Packet[];
}

/** A download on which single segments are lost on the way to the client: three inside a burst, two at its end. */
export function plantLoss(world: World, at: number): void {
  const client = world.peer('203.0.113.50');
  const flow = createTcpFlow(world, {
    client: { host: client, port: world.freePort() },
    server: { host: world.local, port: 80 },
    at,
    roundTrip: 0.04,
  });
  const body = world.random.fork('loss').bytes(6 * burstSize * segmentSize);
  const head = ascii(
    `HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  const evidence: Evidence = { fast: [], timedOut: [], duplicates: [] };
  flow.open();
  flow.send('client', httpRequest('GET', '/downloads/manual.pdf', 'www.capwright.example'));
  flow.send('server', head, 3e-3);
  [3, undefined, 5, 1].forEach((lost, index) => {
    sendBurst(flow, burst(body, index), lost, evidence);
  });
  sendTail(flow, burst(body, 4), 1, evidence);
  sendTail(flow, burst(body, 5), 2, evidence);
  flow.close('server');
  plantEvidence(world, client.address, evidence);
}

function burst(body: Uint8Array, index: number): Uint8Array[] {
  return split(body.subarray(index * burstSize * segmentSize, (index + 1) * burstSize * segmentSize));
}

/** Segments behind the lost one each bring a duplicate acknowledgement; the third brings the segment again. */
function sendBurst(flow: TcpFlow, pieces: Uint8Array[], lost: number | undefined, evidence: Evidence): void {
  const start = flow.next('server');
  pieces.forEach((payload) => flow.segment('server', { payload }));
  const hole = start + (lost ?? pieces.length) * segmentSize;
  flow.segment('client', { acknowledgement: hole });
  const missing = lost === undefined ? undefined : pieces[lost];
  if (lost === undefined || missing === undefined) {
    return;
  }
  for (let behind = lost + 1; behind < pieces.length; behind += 1) {
    const sack = sackOption(hole + segmentSize, start + (behind + 1) * segmentSize);
    evidence.duplicates.push(flow.segment('client', { acknowledgement: hole, options: sack, after: 30e-6 }));
    if (behind === lost + 3) {
      evidence.fast.push(flow.segment('server', { payload: missing, sequence: hole, after: 60e-6 }));
    }
  }
  flow.segment('client', { after: 0.04 });
}

/** Nothing follows the lost last segment, so only the sender's timer notices, and doubles each time. */
function sendTail(flow: TcpFlow, pieces: Uint8Array[], attempts: number, evidence: Evidence): void {
  pieces.forEach((payload) => flow.segment('server', { payload }));
  const last = pieces.at(-1) ?? new Uint8Array();
  const hole = flow.next('server') - last.length;
  flow.segment('client', { acknowledgement: hole });
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const wish = {
      payload: last,
      sequence: hole,
      flags: tcpFlag.ack | tcpFlag.psh,
      after: 0.24 * 2 ** attempt,
    };
    evidence.timedOut.push(flow.segment('server', wish));
  }
  flow.segment('client');
}

function plantEvidence(world: World, client: string, { fast, timedOut, duplicates }: Evidence): void {
  const sender = [world.local.address];
  const receiver = [client];
  const again = [...fast, ...timedOut];
  const direction = { actor: sender, target: receiver };
  const { timeline } = world;
  timeline.plant({
    kind: 'tcp_retransmission',
    ...direction,
    packets: again,
    what: 'segments of a download sent again',
  });
  timeline.plant({
    kind: 'packet_loss',
    ...direction,
    packets: again,
    main: false,
    what: 'each resend repairs a loss behind us',
  });
  timeline.plant({
    kind: 'tcp_fast_retransmission',
    ...direction,
    packets: fast,
    main: false,
    what: 'resends after three duplicate ACKs',
  });
  timeline.plant({
    kind: 'tcp_duplicate_ack',
    actor: receiver,
    target: sender,
    packets: duplicates,
    main: false,
    what: 'the client asks for the missing segments',
  });
}
