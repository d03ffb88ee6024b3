import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { expect, vi } from 'vitest';

export interface Listeners {
  /** A Bash script that tries all of them, and says whether TCP reached one. */
  knock: string;
  heard(): string[];
  /** Waits until each has been reached. */
  hearsAll(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on this host as services do: TCP and UDP on loopback, and an abstract socket of its network namespace. */
export async function listenEverywhere(): Promise<Listeners> {
  const heard = new Set<string>();
  const name = `capwright-test-${process.pid}`;
  const tcp = createServer((socket) => {
    heard.add('tcp');
    socket.on('error', () => undefined).end('reached\n');
  });
  const abstract = createServer((socket) => {
    heard.add('abstract');
    socket.on('error', () => undefined).end();
  });
  const udp = createSocket('udp4', () => heard.add('udp'));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  await listening(tcp.listen(0, '127.0.0.1'));
  await listening(abstract.listen(`\0${name}`));
  const address = tcp.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const others =
    `perl -e 'use Socket; socket(my $u, 2, 2, 0); send($u, "x", 0, sockaddr_in(${udp.address().port}, inet_aton("127.0.0.1"))); ` +
    `socket(my $a, 1, 1, 0); connect($a, pack("S a*", 1, "\\0${name}"))'`;
  return {
    knock: `cat < /dev/tcp/127.0.0.1/${port} || echo refused; ${others}`,
    heard: () => [...heard].toSorted(),
    hearsAll: () =>
      vi.waitFor(() => expect([...heard].toSorted()).toEqual(['abstract', 'tcp', 'udp']), { timeout: 5_000 }),
    async close() {
      udp.close();
      for (const server of [tcp, abstract]) await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: Server): Promise<void> {
  if (!server.listening) await once(server, 'listening');
}
