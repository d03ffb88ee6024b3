import { createPairMap } from './bounded.ts';
import type { Side } from './tables/tcp.ts';
import type { Tables } from './tables.ts';

/** What one host sent another over all their TCP connections. */
export interface Direction {
  sender: string;
  receiver: string;
  sides: Side[];
  /** The same connections, other way. */
  replies: Side[];
  /** Server ports. */
  ports: Set<number>;
}

/** Both directions of every pair of hosts that speak TCP. */
export function directions({ tcp }: Tables): Direction[] {
  const found = createPairMap<Direction>(Infinity, (sender, receiver) => ({
    sender,
    receiver,
    sides: [],
    replies: [],
    ports: new Set(),
  }));
  const collect = (sender: string, receiver: string, port: number, side: Side, reply: Side): void => {
    const direction = found.at(sender, receiver);
    direction?.sides.push(side);
    direction?.replies.push(reply);
    direction?.ports.add(port);
  };
  for (const { client, server, serverPort, fromClient, fromServer } of tcp.connections) {
    collect(client, server, serverPort, fromClient, fromServer);
    collect(server, client, serverPort, fromServer, fromClient);
  }
  return found.values();
}
