import { z } from 'zod';

/** One packet filter of a Network Watcher capture. Lists use `;`, ranges use `-`; never both in one field. */
export const PacketFilter = z.strictObject({
  protocol: z.enum(['TCP', 'UDP', 'Any']).default('Any'),
  local_ip: z.string().optional().describe('"10.0.0.4", "10.0.0.4-10.0.0.9" or "10.0.0.4;10.0.0.7".'),
  local_port: z.string().optional().describe('"443", "80-85" or "80;443".'),
  remote_ip: z.string().optional(),
  remote_port: z.string().optional(),
});
export type PacketFilter = z.infer<typeof PacketFilter>;

/** Azure's own limits of one capture session. */
export const LIMITS = {
  durationSeconds: 18_000,
  totalBytes: 4_294_967_295,
  bytesPerPacket: 4_294_967_295,
} as const;

/** The session cap in bytes that a plan's totalBytes amounts to: 0 stands for Azure's default. */
export function sessionCap(totalBytes: number): number {
  return totalBytes === 0 ? 1_073_741_824 : totalBytes;
}

/** Everything needed to create, watch and delete one capture, resolved before anything is created. */
export const CapturePlan = z.strictObject({
  subscriptionId: z.string(),
  vmId: z.string().describe('Full ARM id of the virtual machine.'),
  vmName: z.string(),
  vmResourceGroup: z.string(),
  location: z.string(),
  watcherName: z.string(),
  watcherResourceGroup: z.string(),
  captureName: z.string(),
  storageId: z.string().describe('Full ARM id of the storage account.'),
  storageAccount: z.string(),
  storagePath: z.string().describe('Blob URI that Azure is asked to write; must end in .cap.'),
  durationSeconds: z.number().int(),
  totalBytes: z.number().int().describe("0 means Azure's default of 1 GiB."),
  bytesPerPacket: z.number().int().describe('0 means whole packets.'),
  filters: z.array(PacketFilter),
});
export type CapturePlan = z.infer<typeof CapturePlan>;

/** A capture session as Azure reports it. */
export interface CaptureReading {
  provisioningState: string;
  status: 'NotStarted' | 'Running' | 'Stopped' | 'Error' | 'Unknown';
  stopReason: string | null;
  errors: string[];
  storagePath: string | null;
}

/** A downloaded capture file. */
export const CaptureFile = z.strictObject({
  path: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  blobUrl: z.string(),
});
export type CaptureFile = z.infer<typeof CaptureFile>;
