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
  /** Of a continuous session. */
  ringSeconds: 604_800,
  ringFiles: 10_000,
  ringFileBytes: 4_294_967_295,
  /** Ours, not Azure's: each file is a download of its own, and all are named in the task. */
  filesPerTask: 256,
} as const;

/** A ring of files for faults that come and go: Azure overwrites the oldest until the session is stopped. */
export const Ring = z.strictObject({
  fileCount: z.number().int().min(1).max(LIMITS.ringFiles),
  fileBytes: z.number().int().min(1).max(LIMITS.ringFileBytes),
});
export type Ring = z.infer<typeof Ring>;

/** One machine of a scale set, as it was when the capture was planned. */
export const Instance = z.strictObject({
  id: z.string().describe('Number of the instance within its set, such as "3".'),
  name: z.string(),
});
export type Instance = z.infer<typeof Instance>;

/** The session cap in bytes that a plan's totalBytes amounts to: 0 stands for Azure's default. */
export function sessionCap(totalBytes: number): number {
  return totalBytes === 0 ? 1_073_741_824 : totalBytes;
}

/** Everything needed to create, watch and delete one capture, resolved before anything is created. */
export const CapturePlan = z.strictObject({
  subscriptionId: z.string(),
  targetType: z.enum(['AzureVM', 'AzureVMSS']).default('AzureVM'),
  vmId: z.string().describe('Full ARM id of the virtual machine, or of the scale set.'),
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
  /** Ids of instances of a scale set, as Azure takes them; both empty means all. */
  scope: z
    .strictObject({ include: z.array(z.string()), exclude: z.array(z.string()) })
    .default({ include: [], exclude: [] }),
  instances: z
    .array(Instance)
    .default([])
    .describe('Of a scale set: each that the scope leaves over, and that owes a file. Empty for a VM.'),
  idle: z
    .array(Instance)
    .default([])
    .describe('Of a scale set: those that the scope leaves over too, but that could not capture anything.'),
  ring: Ring.nullable().default(null).describe('null for a session that ends by itself with one file.'),
});
export type CapturePlan = z.infer<typeof CapturePlan>;

/** A capture session as Azure reports it. */
export interface CaptureReading {
  provisioningState: string;
  status: 'NotStarted' | 'Running' | 'Stopped' | 'Error' | 'Unknown';
  stopReason: string | null;
  errors: string[];
  storagePath: string | null;
  /** What Azure asks to wait before the next question, where it does. */
  retryAfterMs?: number;
}

/** Whether a session may leave more than one file, which then lie in a folder of their own. */
export function leavesManyFiles(plan: CapturePlan): boolean {
  return plan.targetType === 'AzureVMSS' || plan.ring !== null;
}

/** A file of a session as it lies in the storage account. */
export interface CaptureBlob {
  url: string;
  bytes: number;
  /** Id of the instance it comes from; null for a VM, and where its name does not tell. */
  instanceId: string | null;
}

/** A downloaded capture file. */
export const CaptureFile = z.strictObject({
  path: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  blobUrl: z.string(),
  instanceId: z.string().nullable().default(null),
});
export type CaptureFile = z.infer<typeof CaptureFile>;
