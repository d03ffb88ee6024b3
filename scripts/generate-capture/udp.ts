import { words } from '../../src/local-azure/traffic/packets/bytes.ts';
import { createShape, send, UDP, type Shape } from './shape.ts';
import type { Stage } from './stage.ts';
import { takePort, type Host } from './world.ts';

export interface UdpEnds {
  client: Host;
  server: Host;
  port: number;
  isV6: boolean;
  clientPort?: number;
}

/** A UDP conversation: both functions write a packet now. */
export interface Datagrams {
  ask: (payload: Uint8Array) => void;
  answer: (payload: Uint8Array) => void;
}

export function openUdp({ wire, truth }: Stage, ends: UdpEnds): Datagrams {
  const { ask, answer } = udpShapes(ends);
  truth.udpConversations += 1;
  return {
    ask: (payload) => void send(wire, ask, payload),
    answer: (payload) => void send(wire, answer, payload),
  };
}

/** The headers of both directions. */
export function udpShapes({ client, server, port, isV6, clientPort = takePort(client) }: UdpEnds): {
  ask: Shape;
  answer: Shape;
} {
  const shape = (source: Host, target: Host, from: number, to: number): Shape =>
    createShape({ source, target, isV6, protocol: UDP, message: words(from, to, 0, 0), checksumAt: 6 });
  return { ask: shape(client, server, clientPort, port), answer: shape(server, client, port, clientPort) };
}
