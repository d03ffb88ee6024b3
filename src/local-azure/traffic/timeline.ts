import type { Packet } from './packets/link.ts';

/** A fault that the scenario put into the capture: the truth a report is held against. */
export interface Planted {
  /** A word of the finding vocabulary, such as `tcp_retransmission`. */
  readonly kind: string;
  readonly actor: readonly string[];
  readonly target: readonly string[];
  /** How often, in the unit of the kind; null where the kind counts nothing. */
  readonly count: number | null;
  /** The numbers of the frames that prove it, from 1, as Wireshark numbers them. */
  readonly frames: readonly number[];
  readonly what: string;
  /** False where it only follows from another planted fault. */
  readonly main: boolean;
}

/** A fault as a script states it: its frames are still packets without numbers. */
export interface PlantedPackets extends Omit<Planted, 'count' | 'frames' | 'main'> {
  readonly packets: readonly Packet[];
  readonly counted?: boolean;
  readonly main?: boolean;
}

/** Collects packets in any order and states what was planted among them. */
export interface Timeline {
  /** Adds a packet at `time` seconds after the start of the capture and hands it back. */
  add(time: number, packet: Packet): Packet;
  plant(fault: PlantedPackets): void;
  finish(): { packets: readonly TimedPacket[]; faults: readonly PlantedPackets[] };
}

/** A packet with its time in seconds after the start. */
export interface TimedPacket {
  readonly time: number;
  readonly packet: Packet;
}

/** An empty timeline. */
export function createTimeline(): Timeline {
  const packets: TimedPacket[] = [];
  const faults: PlantedPackets[] = [];
  return {
    add(time, packet) {
      packets.push({ time, packet });
      return packet;
    },
    plant(fault) {
      faults.push(fault);
    },
    finish: () => ({ packets: packets.toSorted((a, b) => a.time - b.time), faults }),
  };
}

/** Numbers the planted packets by their place among those that the capture kept; faults that were cut away vanish. */
export function numberFaults(faults: readonly PlantedPackets[], kept: readonly TimedPacket[]): Planted[] {
  const numbers = new Map(kept.map(({ packet }, index) => [packet, index + 1]));
  return faults.flatMap(({ packets, counted = true, main = true, ...fault }) => {
    const frames = packets.flatMap((packet) => numbers.get(packet) ?? []).toSorted((a, b) => a - b);
    return frames.length === 0 ? [] : [{ ...fault, count: counted ? frames.length : null, frames, main }];
  });
}
