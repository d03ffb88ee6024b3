import { playClockSync } from './background/clock-sync.ts';
import { playNames } from './background/names.ts';
import { playNeighbours } from './background/neighbours.ts';
import { playSecureCall, playVisitors, playVisitorV6 } from './background/web.ts';
import { plantLoss } from './faults/loss.ts';
import { plantNameFailures } from './faults/name-failures.ts';
import { plantPortScan } from './faults/port-scan.ts';
import { plantRefused } from './faults/refused.ts';
import { plantUnanswered } from './faults/unanswered.ts';
import { plantUnreachable } from './faults/unreachable.ts';
import { plantWebFailures } from './faults/web-failures.ts';
import { plantZeroWindow } from './faults/zero-window.ts';
import type { Packet } from './packets/link.ts';
import { writePcap } from './pcap-writer.ts';
import { numberFaults, type Planted, type TimedPacket } from './timeline.ts';
import { createWorld, type LocalMachine, type World } from './world.ts';

/** What shapes a capture. */
export interface ScenarioOptions {
  readonly seed: number;
  /** When the first packet may come, in seconds since the epoch. */
  readonly startTime: number;
  /** How long the capture lasts; below 24 s the same traffic is squeezed into it. */
  readonly durationSeconds: number;
  /** The machine that captures. */
  readonly local: LocalMachine;
  /** Bytes kept of each packet; whole packets by default. */
  readonly snapLength?: number;
  /** The most bytes the file may have; packets behind that are left out. */
  readonly maxBytes?: number;
  /** Which packets the capture keeps; all by default. */
  readonly accept?: (packet: Packet) => boolean;
}

/** A capture file and the truth about it. */
export interface Scenario {
  readonly pcap: Uint8Array;
  readonly packets: number;
  readonly planted: readonly Planted[];
}

const wholePacket = 262_144;
const backgroundEverySeconds = 6;
const mostBackgroundRounds = 100;

/** Plays ordinary traffic with planted faults and writes it as libpcap; equal options give equal bytes. */
export function generateScenario(options: ScenarioOptions): Scenario {
  const world = createWorld(options);
  playBackground(world);
  plantFaults(world);
  const { packets, faults } = world.timeline.finish();
  const snapLength = options.snapLength ?? wholePacket;
  const accepted = packets.filter(({ packet }) => options.accept?.(packet) ?? true);
  const kept = fitting(accepted, snapLength, options.maxBytes ?? Number.POSITIVE_INFINITY);
  const squeeze = options.durationSeconds / world.length;
  const frames = kept.map(({ time, packet }) => ({
    time: options.startTime + time * squeeze,
    bytes: packet.bytes,
  }));
  return {
    pcap: writePcap(frames, snapLength),
    packets: frames.length,
    planted: numberFaults(faults, kept),
  };
}

function playBackground(world: World): void {
  const rounds = Math.min(mostBackgroundRounds, Math.floor(world.length / backgroundEverySeconds));
  for (let round = 0; round < rounds; round += 1) {
    const at = world.at(round / rounds);
    playNeighbours(world, at + 0.05);
    playClockSync(world, at + 0.3);
    playNames(world, at + 0.6);
    playVisitors(world, at + 1.2);
    playSecureCall(world, at + 2.3);
    playVisitorV6(world, at + 2.9);
  }
}

function plantFaults(world: World): void {
  plantLoss(world, world.at(0.1));
  plantRefused(world, world.at(0.2));
  plantUnanswered(world, world.at(0.97));
  plantNameFailures(world, world.at(0.35));
  plantWebFailures(world, world.at(0.5));
  plantPortScan(world, world.at(0.7));
  plantZeroWindow(world, world.at(0.8));
  plantUnreachable(world, world.at(0.6));
}

function fitting(packets: readonly TimedPacket[], snapLength: number, maxBytes: number): TimedPacket[] {
  let size = 24;
  return packets.filter(({ packet }) => {
    size += 16 + Math.min(packet.bytes.length, snapLength);
    return size <= maxBytes;
  });
}
