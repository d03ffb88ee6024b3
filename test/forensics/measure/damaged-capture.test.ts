import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureFile } from './tshark.ts';

/** One TCP segment over IPv4 and Ethernet. */
function segment(port: number, payload: Buffer): Buffer {
  const ip = Buffer.from('4500000000010000400600000a0000010a000002', 'hex');
  ip.writeUInt16BE(40 + payload.length, 2);
  const tcp = Buffer.from('c0000000000000010000000150182000000000000', 'hex');
  tcp.writeUInt16BE(port, 2);
  return Buffer.concat([
    Buffer.from('0000000000020000000000010800', 'hex'),
    ip,
    tcp.subarray(0, 20),
    payload,
  ]);
}

function pcap(frames: readonly Buffer[]): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const records = frames.map((frame, second) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(second, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...records]);
}

const get = (uri: string): Buffer =>
  segment(
    80,
    Buffer.from(`GET ${uri} HTTP/1.1\r\nHost: a\tb\u0001\u001e\r\nAuthorization: Basic dTpTM0NSRVQ=\r\n\r\n`),
  );

describe('the measurement of a hostile file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-damaged-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('keeps one row per packet whatever separators the packets carry', async () => {
    const frames = [
      get('/a\tb\u001ec\u001f,|;"\''),
      segment(21, Buffer.from('USER a\tb\u001e\r\n')),
      segment(23, Buffer.from('x\n\t\u001e')),
    ];

    const { facts, findings } = await measureFile(write('separators.pcap', pcap(frames)));

    expect(facts.capture.packets).toBe(3);
    expect(facts.notes).toEqual([]);
    expect(facts.conversations).toMatchObject([{ a: '10.0.0.1', b: '10.0.0.2', packets: 3 }]);
    expect(findings.map(({ kind }) => kind)).toContain('cleartext_credentials');
    expect(JSON.stringify(findings)).not.toContain('S3CRET');
  });

  it('reports the packets in front of the cut when the file ends in the middle of one', async () => {
    const whole = pcap([get('/1'), get('/2'), get('/3')]);

    const { facts } = await measureFile(write('cut.pcap', whole.subarray(0, -20)));

    expect(facts.capture.packets).toBe(2);
    expect(facts.capture.damaged).toContain('middle of a record');
  });

  it('reports the packets in front of a record that lies about its length', async () => {
    // tshark guesses at the dialect of pcap from the first records, so the lie comes late.
    const whole = pcap(Array.from({ length: 30 }, (_, n) => get(`/${n}`)));
    const lie = Buffer.alloc(64);
    lie.writeUInt32LE(0x7fff_ffff, 8);
    lie.writeUInt32LE(0x7fff_ffff, 12);

    const { facts } = await measureFile(write('lie.pcap', Buffer.concat([whole, lie])));

    expect(facts.capture.packets).toBe(30);
    expect(facts.capture.damaged).toContain('damaged');
  });

  it.each([
    ['a capture without packets', pcap([]), null],
    ['text', 'this is no capture\n', 'not a capture'],
    ['a header cut short', pcap([]).subarray(0, 10), 'no packet could be read'],
  ])('counts 0 packets in %s', async (_, content, damage) => {
    const { facts, findings } = await measureFile(write('nothing.pcap', content));

    expect(facts.capture.packets).toBe(0);
    expect(findings).toEqual([]);
    if (damage === null) expect(facts.capture.damaged).toBeNull();
    else expect(facts.capture.damaged).toContain(damage);
  });
});
