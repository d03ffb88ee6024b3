import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeEmptyCapture } from '../../../src/adapters/local-files/empty-capture.ts';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import type { FlowQuery } from '../../../src/domain/flow-query.ts';
import { createDrillDown } from '../../../src/forensics/drill-down/drill-down.ts';
import type { Shape } from '../../../src/forensics/drill-down/show-packets.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { packetsOf, pcap } from '../../adapters/local-files/capture-bytes.ts';
import { createHostSession } from '../../fakes/host-session.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const { signal } = new AbortController();
const dir = eachStateDir();
const scenario = generateScenario({
  seed: 5,
  startTime: 1_790_000_000,
  durationSeconds: 60,
  local: { address: '10.0.0.4' },
}).pcap;

let path: string;
let stopped: number;
beforeEach(() => {
  path = join(dir.path, 'a.cap');
  stopped = 0;
});

async function drill(content: Uint8Array, query: FlowQuery, shape: Shape = 'summary', caller = signal) {
  writeFileSync(path, content);
  const files = createCaptureFiles({ roots: [], maxBytes: 1e9 });
  const drillDown = createDrillDown({
    files,
    sandbox: {
      open: ({ capturePath }) => {
        const session = createHostSession(capturePath);
        return Promise.resolve({
          ...session,
          stop: () => {
            stopped += 1;
            return session.stop();
          },
        });
      },
    },
    emptyCapture: makeEmptyCapture,
  });
  const file = await files.inspect(path, 'anywhere', signal, 'when asked for');
  return drillDown({ file, query, shape }, { signal: caller, progress: () => undefined });
}

/** The frames that a display filter matches in the whole capture. */
function framesOf(filter: string): number[] {
  const whole = join(dir.path, 'whole.cap');
  writeFileSync(whole, scenario);
  const argv = ['-n', '-r', whole, '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
  const stdout = execFileSync('tshark', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return stdout.split('\n').slice(0, -1).map(Number);
}

const tcp = (stream: number): FlowQuery => ({ kind: 'stream', transport: 'tcp', stream });
const host = (address: string, port: number | null = null) => ({ address, port });

describe('drilling down', () => {
  it.each<[string, FlowQuery]>([
    ['tcp.stream == 3', tcp(3)],
    ['udp.stream == 5 && !icmp', { kind: 'stream', transport: 'udp', stream: 5 }],
    ['frame.number >= 20 && frame.number <= 29', { kind: 'frames', from: 20, to: 29 }],
    ['(tcp || udp) && !icmp && ip.addr == 10.0.0.4', { kind: 'between', a: host('10.0.0.4'), b: null }],
    [
      'tcp.port == 80 && ip.addr == 10.0.0.4 && ip.addr == 203.0.113.21 && !icmp',
      { kind: 'between', a: host('10.0.0.4', 80), b: host('203.0.113.21') },
    ],
  ])('shows the packets that %s matches, by their numbers in the capture', async (filter, query) => {
    const expected = framesOf(filter);

    const { packets, matched, notes } = await drill(scenario, query);

    expect(packets.map(({ frame }) => frame)).toEqual(expected);
    expect({ matched, notes, stopped }).toEqual({ matched: expected.length, notes: [], stopped: 1 });
  });

  it('shows the same of a packed capture', async () => {
    expect(await drill(gzipSync(scenario), tcp(3))).toEqual(await drill(scenario, tcp(3)));
  });

  it('shows all that tshark decodes of packets, without their number in the cut', async () => {
    const { packets } = await drill(scenario, tcp(3), 'decoded');

    const [first] = packets;
    expect(packets.map(({ frame }) => frame)).toEqual(framesOf('tcp.stream == 3'));
    expect(first?.content).toMatchObject({ frame: expect.any(Object), tcp: expect.any(Object) });
    expect(JSON.stringify(packets)).not.toContain('frame.number');
  });

  it('shows what was said in a conversation', async () => {
    const stream = Number(
      execFileSync(
        'tshark',
        ['-n', '-r', path, '-Y', 'http.request', '-T', 'fields', '-e', 'tcp.stream', '-c', '9999'],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], input: (writeFileSync(path, scenario), '') },
      ).split('\n')[0],
    );

    const { followed } = await drill(scenario, tcp(stream), 'followed');

    expect(followed).toMatch(/(GET|POST) .* HTTP\/1\.1/);
  });

  it('shows nothing that a terminal obeys, and no secret', async () => {
    const hostile =
      'GET /?q=\u001b]0;owned\u0007x HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n';

    for (const shape of ['summary', 'decoded', 'followed'] as const) {
      const shown = JSON.stringify(await drill(pcap([httpPacket(hostile)]), tcp(0), shape));

      expect(shown).not.toMatch(/\\u001b|\\u0007/);
      expect(shown).not.toContain('dXNlcjpwYXNzd29yZA');
    }
  });

  it('shows the first of very many packets, and says how many there are', async () => {
    const { packets, matched, notes } = await drill(
      pcap(packetsOf('p', 700, 1e9)),
      { kind: 'frames', from: 1, to: 700 },
      'decoded',
    );

    expect([packets.length, matched]).toEqual([500, 700]);
    expect(notes[0]).toContain('first 500 of 700');
  });

  it('finds none where there are none, and leaves no sandbox behind', async () => {
    expect(await drill(scenario, tcp(999_999))).toMatchObject({ packets: [], matched: 0 });
    expect(stopped).toBe(1);
  });

  it('ends with the caller, and stops its sandbox', async () => {
    await expect(drill(scenario, tcp(3), 'summary', AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(stopped).toBe(1);
  });
});

/** One segment to port 80 that carries `text`. */
function httpPacket(text: string) {
  const payload = Buffer.from(text, 'latin1');
  const ip = Buffer.from('450000000000400040060000c0a80001c0a80002', 'hex');
  ip.writeUInt16BE(40 + payload.length, 2);
  const segment = Buffer.from('c000005000000001000000015018200000000000', 'hex');
  const ethernet = Buffer.from('0200000000010200000000020800', 'hex');
  return { time: 1_790_000_000, data: Buffer.concat([ethernet, ip, segment, payload]) };
}
