import { z } from 'zod';
import { readJson } from '../http/exchange.ts';

const largest = 4_294_967_295;

const protocolName = z
  .string()
  .transform((text) => (text.toUpperCase() === 'ANY' || text === '' ? 'Any' : text.toUpperCase()));

const filter = z.object({
  protocol: protocolName.default('Any'),
  localIPAddress: z.string().default(''),
  localPort: z.string().default(''),
  remoteIPAddress: z.string().default(''),
  remotePort: z.string().default(''),
});

const ids = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

const captureSettings = z.object({
  fileCount: z.number().int().min(0).max(10_000).default(10),
  fileSizeInBytes: z.number().int().min(0).max(largest).default(104_857_600),
  sessionTimeLimitInSeconds: z.number().int().min(0).max(604_800).default(86_400),
});

const properties = z.object({
  target: z.string().min(1),
  targetType: z.enum(['AzureVM', 'AzureVMSS']).default('AzureVM'),
  scope: z.object({ include: ids, exclude: ids }).default({ include: [], exclude: [] }),
  bytesToCapturePerPacket: z.number().int().min(0).max(largest).default(0),
  totalBytesPerSession: z.number().int().min(0).max(largest).default(1_073_741_824),
  timeLimitInSeconds: z.number().int().min(0).max(18_000).default(18_000),
  storageLocation: z.object({
    storageId: z.string().optional(),
    storagePath: z.string().optional(),
    filePath: z.string().optional(),
    localPath: z.string().optional(),
  }),
  filters: z.array(filter).default([]),
  /** Left out and null both mean a capture of the old kind; false is a capture of the new kind without a ring. */
  continuousCapture: z.boolean().nullish(),
  captureSettings: captureSettings.nullish().transform((given) => given ?? captureSettings.parse({})),
});

/** What a client asks for, with the service's defaults filled in. */
export type CaptureRequest = z.infer<typeof properties>;

/** One entry of the capture filter list. */
export type CaptureFilter = z.infer<typeof filter>;

/** Reads the body of a create call; the text says what is wrong with it. */
export function parseCaptureRequest(body: string): CaptureRequest | { problem: string } {
  const parsed = z.object({ properties }).safeParse(readJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `Value for '${issue?.path.join('.') ?? ''}' is not valid.` };
  }
  const { storageId, filePath, localPath } = parsed.data.properties.storageLocation;
  const settled = typeof parsed.data.properties.continuousCapture === 'boolean';
  if (settled && filePath !== undefined) {
    return { problem: 'filePath is not valid where continuousCapture is given; use localPath.' };
  }
  return storageId === undefined && filePath === undefined && localPath === undefined
    ? { problem: 'Either a storage account or a local file path must be given.' }
    : parsed.data.properties;
}
