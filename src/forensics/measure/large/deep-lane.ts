import type { SandboxSession } from '../../../ports.ts';
import type { Packet } from '../packet.ts';

export interface DeepLaneOptions {
  session: SandboxSession;
  signal: AbortSignal;
  /** Size of the file, which bounds how long tshark may wait for packets. */
  fileBytes: number;
  /** How much of the file was read by now, from 0 to 1; null where its size does not tell. */
  progress: () => number | null;
  /** Default: DEEP_BUDGET. */
  budget?: DeepBudget;
  /** Hears what tshark says of each packet that our own reader does not understand, in file order, with our numbers. */
  onPacket: (packet: Packet) => void;
}

export interface DeepBudget {
  packets: number;
  bytes: number;
}

/** Three seconds of tshark or so, whatever the size of the capture. */
export const DEEP_BUDGET: DeepBudget = { packets: 100_000, bytes: 48 * 1024 * 1024 };
