import { httpResponse } from '../messages/http.ts';
import { ascii } from '../packets/bytes.ts';
import type { Packet } from '../packets/link.ts';
import { tcpFlag } from '../packets/tcp.ts';
import { createTcpFlow, segmentSize, split, type TcpFlow } from '../tcp-flow.ts';
import type { World } from '../world.ts';

const scale = 128;
/** The window field: a whole number of scaled units, so that the sender can use it up to the byte. */
const bufferUnits = 180;
const uploadBytes = 40 * segmentSize;

/** An upload to a service that stops reading: its window closes, the sender probes, then all goes on. */
export function plantZeroWindow(world: World, at: number): void {
  const client = world.peer('10.0.0.30');
  const flow = createTcpFlow(world, {
    client: { host: client, port: world.freePort() },
    server: { host: world.local, port: 8080 },
    at,
    roundTrip: 1.2e-3,
  });
  const upload = world.random.fork('upload').bytes(uploadBytes);
  const [first, rest] = [upload.subarray(0, bufferUnits * scale), upload.subarray(bufferUnits * scale)];
  flow.open();
  flow.send(
    'client',
    ascii(`PUT /import HTTP/1.1\r\nHost: web-01.internal\r\nContent-Length: ${uploadBytes}\r\n\r\n`),
  );
  flow.segment('server', { window: bufferUnits });
  const filled = split(first).map((payload) => flow.segment('client', { payload }));
  const advertised = stall(flow, rest);
  flow.segment('server', { after: 0.11 });
  flow.send('client', rest);
  flow.send('server', httpResponse('201 Created', 'imported', 'text/plain'), 8e-3);
  flow.close('client');
  plantEvidence(world, client.address, filled.slice(-1), advertised);
}

/** The window is shut; the sender's one-byte probes, doubling their wait, only get the same answer. */
function stall(flow: TcpFlow, rest: Uint8Array): Packet[] {
  const advertised = [flow.segment('server', { window: 0 })];
  const sequence = flow.next('client');
  for (const wait of [0.21, 0.42, 0.84, 1.68]) {
    flow.segment('client', { payload: rest.subarray(0, 1), sequence, flags: tcpFlag.ack, after: wait });
    advertised.push(flow.segment('server', { window: 0 }));
  }
  return advertised;
}

function plantEvidence(world: World, client: string, filled: Packet[], advertised: Packet[]): void {
  world.timeline.plant({
    kind: 'tcp_zero_window',
    actor: [world.local.address],
    target: [client],
    packets: advertised,
    what: 'the import service stops reading an upload for three seconds',
  });
  world.timeline.plant({
    kind: 'tcp_window_full',
    actor: [client],
    target: [world.local.address],
    packets: filled,
    main: false,
    what: 'the sender used up the window it was given',
  });
}
