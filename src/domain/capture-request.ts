import { z } from 'zod';

/** The one request that creates a capture, as it goes over the wire; field names are Azure's. */
export const CaptureRequest = z.strictObject({
  method: z.literal('PUT'),
  url: z.string(),
  body: z.strictObject({
    properties: z.strictObject({
      target: z.string(),
      targetType: z.enum(['AzureVM', 'AzureVMSS']),
      scope: z.strictObject({ include: z.array(z.string()), exclude: z.array(z.string()) }).optional(),
      timeLimitInSeconds: z.number().optional(),
      totalBytesPerSession: z.number().optional(),
      bytesToCapturePerPacket: z.number(),
      storageLocation: z.strictObject({
        storageId: z.string(),
        storagePath: z.string().optional(),
        localPath: z.string().optional(),
      }),
      filters: z.array(
        z.strictObject({
          protocol: z.string(),
          localIPAddress: z.string().optional(),
          localPort: z.string().optional(),
          remoteIPAddress: z.string().optional(),
          remotePort: z.string().optional(),
        }),
      ),
      continuousCapture: z.boolean().optional(),
      captureSettings: z
        .strictObject({
          fileCount: z.number(),
          fileSizeInBytes: z.number(),
          sessionTimeLimitInSeconds: z.number(),
        })
        .optional(),
    }),
  }),
});
export type CaptureRequest = z.infer<typeof CaptureRequest>;

/** One thing that was looked at before a capture, and what was found, in our own words. */
export const PreflightCheck = z.strictObject({ name: z.string(), detail: z.string() });
export type PreflightCheck = z.infer<typeof PreflightCheck>;
