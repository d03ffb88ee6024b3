import { z } from 'zod';
import { Isolation } from '../../../../src/domain/isolation.ts';
import type { RunOutcome } from '../../../../src/ports.ts';
import { DEFENCES } from './engine.ts';

const Bytes = z.custom<Uint8Array>((bytes) => bytes instanceof Uint8Array);

/** What is asked of the process that runs a sandbox as another user; each is answered under its `id`. */
export const Request = z.discriminatedUnion('call', [
  z.object({ id: z.number(), call: z.literal('status'), folder: z.string() }),
  z.object({
    id: z.number(),
    call: z.literal('open'),
    folder: z.string(),
    instanceId: z.string(),
    capturePath: z.string(),
    limits: z.object({
      memoryBytes: z.number(),
      cpus: z.number(),
      pids: z.number(),
      workspaceBytes: z.number(),
    }),
  }),
  z.object({
    id: z.number(),
    call: z.literal('run'),
    session: z.number(),
    argv: z.array(z.string()),
    timeoutMs: z.number(),
    maxOutputBytes: z.number(),
    stdin: Bytes.optional(),
    /** Whether somebody listens to its output instead of keeping it. */
    streamed: z.boolean(),
  }),
  z.object({
    id: z.number(),
    call: z.literal('upload'),
    session: z.number(),
    bytes: Bytes,
    path: z.string(),
  }),
  z.object({ id: z.number(), call: z.literal('stop'), session: z.number() }),
  z.object({
    id: z.number(),
    call: z.literal('control'),
    capture: z.string(),
    without: z.array(z.enum(DEFENCES)),
    programs: z.array(z.array(z.string())),
  }),
]);

export type Request = z.infer<typeof Request>;

export const Answer = z.object({
  id: z.number(),
  value: z.unknown().optional(),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
});

export const Status = z.object({ ready: z.boolean(), detail: z.string(), fix: z.string().nullable() });

export const Opened = z.object({
  session: z.number(),
  isolation: Isolation,
  tsharkVersion: z.string(),
  tools: z.array(z.string()),
});

export const Result = z.object({
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number().nullable(),
  isError: z.boolean(),
  outcome: z.custom<RunOutcome>((outcome) => typeof outcome === 'string'),
  stdoutBytes: z.number(),
  truncated: z.boolean(),
  durationMs: z.number(),
});

export const Control = z.object({ stdout: z.string(), exitCode: z.number().nullable() });
