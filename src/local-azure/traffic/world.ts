import type { Host } from './packets/link.ts';
import { createRandom, type Random } from './random.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** The machine on which the capture is taken. */
export interface LocalMachine {
  /** Its private IPv4 address, such as 10.0.0.4. */
  readonly address: string;
}

/** What every script needs: where it is, who is there, and when it may act. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly local: Host;
  readonly localV6: Host;
  readonly gateway: Host;
  readonly gatewayV6: Host;
  /** The platform's resolver, which answers. */
  readonly resolver: Host;
  /** A host beyond the gateway; inside hosts keep a full time to live. */
  peer(address: string): Host;
  /** A client port that no other conversation has. */
  freePort(): number;
  /** The second that lies at this share (0 to 1) of the part in which conversations begin. */
  at(share: number): number;
  /** The whole length in seconds, before any squeezing. */
  readonly length: number;
  /** When the capture starts, in seconds since the epoch. */
  readonly startTime: number;
}

/** Seconds a full run needs; shorter captures are squeezed, longer ones spread the conversations out. */
const naturalLength = 24;

const longestScript = 8;

/** Sets the stage for one capture. */
export function createWorld(options: {
  seed: number;
  local: LocalMachine;
  startTime: number;
  durationSeconds: number;
}): World {
  const machine = options.local;
  const random = createRandom(options.seed);
  const length = Math.max(options.durationSeconds, naturalLength);
  const gatewayMac = '12:34:56:78:9a:bc';
  const localMac = `00:0d:3a:${hexPairs(machine.address)}`;
  const peer = (address: string): Host => ({
    address,
    mac: gatewayMac,
    hopLimit: address.startsWith('10.') ? 64 : 52,
  });
  let port = 40_000 + random.fork('ports').integer(2000);
  return {
    timeline: createTimeline(),
    random,
    local: { address: machine.address, mac: localMac, hopLimit: 64 },
    localV6: { address: `fd00:cafe::${suffix(machine.address)}`, mac: localMac, hopLimit: 64 },
    gateway: peer(machine.address.replace(/\d+$/u, '1')),
    gatewayV6: { address: 'fd00:cafe::1', mac: gatewayMac, hopLimit: 64 },
    resolver: { ...peer('168.63.129.16'), hopLimit: 128 },
    peer,
    freePort: () => (port += 1),
    at: (share) => share * (length - longestScript),
    length,
    startTime: options.startTime,
  };
}

function hexPairs(address: string): string {
  const bytes = address.split('.').slice(1).map(Number);
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function suffix(address: string): string {
  return Number(address.split('.').at(-1)).toString(16);
}
