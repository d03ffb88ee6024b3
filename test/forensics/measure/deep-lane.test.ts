import { describe, expect, it } from 'vitest';
import { createDeepLane, type DeepLaneOptions } from '../../../src/forensics/measure/large/deep-lane.ts';
import type { Packet } from '../../../src/forensics/measure/packet.ts';
import { text } from '../../../src/forensics/measure/row.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import type { RunCommand, SandboxSession } from '../../../src/ports.ts';
import { createHostSession, hostTshark } from '../../fakes/host-session.ts';
import { capture, type Conversation } from './conversations.ts';
import { offerCapture } from './offer-capture.ts';

const host = createHostSession('');

interface Heard {
  frame: number;
  layers: string;
  stream: number | null;
  sipMethod: string;
  payload: string;
}

const sip = (method: string, nth: number): string =>
  `${method} sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@192.0.2.1>;tag=1\r\n` +
  `To: <sip:bob@192.0.2.9>\r\nCall-ID: call-${nth}\r\nCSeq: 1 ${method}\r\nContent-Length: 0\r\n\r\n`;

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: example.org\r\n\r\n`;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const web = (client: string): Conversation => ({
  client,
  server: '192.0.2.80',
  port: 80,
  says: [
    { from: 'client', bytes: request('/') },
    { from: 'server', bytes: ANSWER },
  ],
});
const calls = (client: string, methods: readonly string[]): Conversation => ({
  client,
  server: '192.0.2.9',
  port: 5060,
  over: 'udp',
  says: methods.map((method, nth) => ({ from: 'client', bytes: sip(method, nth) })),
});
const MIXED = capture([
  web('192.0.2.1'),
  calls('192.0.2.2', ['REGISTER', 'OPTIONS']),
  web('192.0.2.3'),
  calls('192.0.2.4', ['INVITE']),
]);

function laneOver(file: Uint8Array, changes: Partial<DeepLaneOptions> = {}) {
  const heard: Heard[] = [];
  const lane = createDeepLane({
    session: host,
    signal: new AbortController().signal,
    fileBytes: file.length,
    progress: () => 1,
    onPacket: (packet: Packet) =>
      void heard.push({
        frame: packet.frame,
        layers: packet.layers.join(':'),
        stream: packet.transport?.stream ?? null,
        sipMethod: text(packet.row, 'sip.Method'),
        payload: Buffer.from(packet.payload()).toString('latin1'),
      }),
    ...changes,
  });
  return { lane, heard };
}

describe.runIf(hostTshark() !== null)('the deep lane', () => {
  it('gives tshark what our own reader does not read, and tells it with our numbers', async () => {
    const { lane, heard } = laneOver(MIXED);

    const offered = offerCapture(MIXED, lane);
    const reading = await lane.finish();

    const calls = offered.filter(({ kind }) => kind === 'udp');
    expect(heard.map(({ frame, stream, sipMethod }) => [frame, stream, sipMethod])).toEqual([
      [calls[0]?.frame, 0, 'REGISTER'],
      [calls[1]?.frame, 0, 'OPTIONS'],
      [calls[2]?.frame, 1, 'INVITE'],
    ]);
    expect(heard[2]?.payload).toBe(sip('INVITE', 0));
    expect(reading.partial).toBeNull();
    expect(reading.coverage).toMatchObject({
      offered: 3,
      shares: [{ name: 'udp 5060', offered: 3, taken: 3 }],
      conversations: { all: 2, whole: 2, part: 0 },
      isBudgetSpent: false,
    });
    expect(reading.isWhole('udp', 1)).toBe(true);
    expect(reading.commands).toMatchObject([{ step: 'measure', outcome: 'exit', exitCode: 0 }]);
    expect(reading.commands[0]?.command).toMatch(/^tshark -n -r - -o tcp[.]analyze_sequence_numbers:FALSE /);
  });

  it('compares both readers on some of the conversations that our own reads, and tells of none of those', async () => {
    const { lane, heard } = laneOver(MIXED);

    offerCapture(MIXED, lane);
    const { crossCheck, notes } = await lane.finish();

    expect(crossCheck).toMatchObject({ conversations: 1, values: 2, disagreeing: 0, disagreements: [] });
    expect(notes.join(' ')).toContain('they agree');
    expect(heard.filter(({ layers }) => layers.includes('http'))).toEqual([]);
  });

  it('says where the two disagree', async () => {
    const { lane } = laneOver(MIXED);

    offerCapture(MIXED, lane, (row) => {
      for (const [column, value] of row.entries()) if (value === '200') row[column] = '404';
    });
    const { crossCheck, notes } = await lane.finish();

    expect(crossCheck.disagreeing).toBe(1);
    expect(crossCheck.disagreements).toEqual([
      { kind: 'tcp', stream: 0, field: 'http.response.code', frame: 3, own: ['404'], tshark: ['200'] },
    ]);
    expect(notes.join(' ')).toContain('disagree on 1 of them: http.response.code in tcp.stream 0');
  });

  it('agrees with our own reader on generated traffic, whatever the conversation', async () => {
    const options = {
      seed: 5,
      startTime: 1_790_000_000,
      durationSeconds: 30,
      local: { address: '10.0.0.4' },
    };
    const { pcap } = generateScenario(options);
    const { lane } = laneOver(pcap);

    offerCapture(pcap, lane);
    const { crossCheck } = await lane.finish();

    expect(crossCheck.values).toBeGreaterThan(0);
    expect(crossCheck.disagreements).toEqual([]);
  });

  it('starts nothing where there is nothing for tshark', async () => {
    const arp = `${'ff'.repeat(6)}02000000000108060001080006040001020000000001c0000201000000000000c0000202`;
    const header = capture([]);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(arp.length / 2, 8);
    record.writeUInt32LE(arp.length / 2, 12);
    const { lane } = laneOver(header, { session: refusing });

    const offered = offerCapture(Buffer.concat([header, record, Buffer.from(arp, 'hex')]), lane);

    expect(offered).toHaveLength(1);
    expect(await lane.finish()).toMatchObject({ commands: [], notes: [], partial: null });
  });

  it('passes over what was sent again, which would be told twice', async () => {
    const file = capture([
      {
        client: '192.0.2.1',
        server: '192.0.2.2',
        port: 5060,
        says: [{ from: 'client', bytes: sip('REGISTER', 1) }],
      },
    ]);
    const last = file.subarray(file.length - sip('REGISTER', 1).length - 54 - 16);
    const { lane, heard } = laneOver(file);

    offerCapture(Buffer.concat([file, last]), lane);
    await lane.finish();

    expect(heard).toMatchObject([{ frame: 3, sipMethod: 'REGISTER' }]);
  });

  it('is cancelled with its signal', async () => {
    const cancel = new AbortController();
    const { lane } = laneOver(MIXED, { signal: cancel.signal });
    offerCapture(MIXED, lane);

    cancel.abort();

    await expect(lane.finish()).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('throws where the sandbox went away, and only when it is asked', async () => {
    const { lane } = laneOver(MIXED, { session: ending('engine_gone') });
    offerCapture(MIXED, lane);

    await expect(lane.finish()).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
  });

  it('says how far it came where time was up', async () => {
    const { lane } = laneOver(MIXED, { session: ending('timeout') });
    offerCapture(MIXED, lane);

    const reading = await lane.finish();

    expect(reading.partial).toMatch(/time limit: it covers 0 of the \d+ packets/);
    expect(reading.isWhole('udp', 1)).toBe(false);
  });
});

const refusing: SandboxSession = {
  ...host,
  run: () => Promise.reject(new Error('nothing was to be run')),
};

function ending(outcome: 'engine_gone' | 'timeout'): SandboxSession {
  return {
    ...host,
    run: async (command: RunCommand) => ({
      ...(await host.run({ ...command, argv: ['true'] })),
      outcome,
    }),
  };
}
