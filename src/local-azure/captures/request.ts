import { z } from 'zod';

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

const properties = z.object({
  target: z.string().min(1),
  targetType: z.enum(['AzureVM', 'AzureVMSS']).default('AzureVM'),
  bytesToCapturePerPacket: z.number().int().min(0).max(4_294_967_295).default(0),
  totalBytesPerSession: z.number().int().min(0).max(4_294_967_295).default(1_073_741_824),
  timeLimitInSeconds: z.number().int().min(0).max(18_000).default(18_000),
  storageLocation: z.object({
    storageId: z.string().optional(),
    storagePath: z.string().optional(),
    filePath: z.string().optional(),
  }),
  filters: z.array(filter).default([]),
});

/** What a client asks for, with the service's defaults filled in. */
export type CaptureRequest = z.infer<typeof properties>;

/** One entry of the capture filter list. */
export type CaptureFilter = z.infer<typeof filter>;

/** Reads the body of a create call; the text says what is wrong with it. */
export function parseCaptureRequest(body: string): CaptureRequest | { problem: string } {
  const parsed = z.object({ properties }).safeParse(fromJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `Value for '${issue?.path.join('.') ?? ''}' is not valid.` };
  }
  const { storageId, filePath } = parsed.data.properties.storageLocation;
  return storageId === undefined && filePath === undefined
    ? { problem: 'Either a storage account or a local file path must be given.' }
    : parsed.data.properties;
}

function fromJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
