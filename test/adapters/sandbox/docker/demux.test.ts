import { describe, expect, it } from 'vitest';
import { createDemux } from '../../../../src/adapters/sandbox/docker/demux.ts';

function frame(kind: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

function collect() {
  const got = { stdout: '', stderr: '' };
  const demux = createDemux((stream, bytes) => {
    got[stream] += Buffer.from(bytes).toString();
  });
  return { got, demux };
}

const STREAM = Buffer.concat([
  frame(1, 'one '),
  frame(2, 'two'),
  frame(1, ''),
  frame(0, 'three'),
  frame(2, '!'),
]);

describe('the demultiplexer', () => {
  it('gives the same streams wherever the bytes are split', () => {
    for (let size = 1; size <= STREAM.length; size += 1) {
      const { got, demux } = collect();

      for (let at = 0; at < STREAM.length; at += size) demux.push(STREAM.subarray(at, at + size));

      expect(got).toEqual({ stdout: 'one three', stderr: 'two!' });
      expect(demux).toMatchObject({ desynced: false, midFrame: false });
    }
  });

  it('takes ten thousand tiny frames in one chunk without running out of stack', () => {
    const { got, demux } = collect();

    demux.push(Buffer.concat(Array.from({ length: 10_000 }, () => frame(1, 'x'))));

    expect(got.stdout).toBe('x'.repeat(10_000));
  });

  it('hands on what has come of a frame that claims four gigabytes', () => {
    const { got, demux } = collect();

    demux.push(Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]));
    demux.push(Buffer.from('start'));

    expect(got.stdout).toBe('start');
    expect(demux.midFrame).toBe(true);
  });

  it.each([
    ['an unknown kind', [3, 0, 0, 0, 0, 0, 0, 1]],
    ['bytes where zeros belong', [1, 0, 7, 0, 0, 0, 0, 1]],
    ['plain text', [...Buffer.from('{"message":"no"}')]],
  ])('throws everything away after %s', (_name, header) => {
    const { got, demux } = collect();

    demux.push(Buffer.concat([frame(1, 'good'), Buffer.from(header), frame(1, 'forged')]));
    demux.push(frame(1, 'later'));

    expect(got).toEqual({ stdout: 'good', stderr: '' });
    expect(demux.desynced).toBe(true);
  });

  it('says when the stream was cut inside a header', () => {
    const { demux } = collect();

    demux.push(frame(1, 'whole'));
    demux.push(Buffer.from([1, 0, 0]));

    expect(demux.midFrame).toBe(true);
  });
});
