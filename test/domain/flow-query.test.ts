import { describe, expect, it } from 'vitest';
import { parseBetween, parseFrames, parseStream } from '../../src/domain/flow-query.ts';

describe('packets that are asked for', () => {
  it.each([
    ['tcp:12', { kind: 'stream', transport: 'tcp', stream: 12 }],
    ['udp:0', { kind: 'stream', transport: 'udp', stream: 0 }],
    ['sctp:1', null],
    ['tcp:', null],
    ['tcp:-1', null],
    ['tcp:1 || 1', null],
  ])('by a stream %s', (text, expected) => {
    expect(parseStream(text)).toEqual(expected);
  });

  it.each([
    ['7', { kind: 'frames', from: 7, to: 7 }],
    ['100-200', { kind: 'frames', from: 100, to: 200 }],
    ['0', null],
    ['9-3', null],
    ['1-2-3', null],
    ['', null],
  ])('by frames %s', (text, expected) => {
    expect(parseFrames(text)).toEqual(expected);
  });

  const four = { address: '10.0.0.4', port: null };
  it.each([
    ['10.0.0.4', { kind: 'between', a: four, b: null }],
    [
      '10.0.0.4:443,10.0.0.9',
      { kind: 'between', a: { ...four, port: 443 }, b: { address: '10.0.0.9', port: null } },
    ],
    [
      '[FE80:0:0::1]:53,fe80::2',
      { kind: 'between', a: { address: 'fe80::1', port: 53 }, b: { address: 'fe80::2', port: null } },
    ],
    ['10.0.0.256', null],
    ['10.0.0.4:70000', null],
    ['10.0.0.4,,', null],
    ['10.0.0.4,10.0.0.5,10.0.0.6', null],
    ['host.example', null],
    ['fe80::1::2', null],
    ['', null],
  ])('by hosts %s', (text, expected) => {
    expect(parseBetween(text)).toEqual(expected);
  });
});
