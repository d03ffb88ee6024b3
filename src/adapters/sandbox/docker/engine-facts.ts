import type Docker from 'dockerode';
import { z } from 'zod';
import { type CallOptions, bounded } from './engine.ts';

export interface EngineFacts {
  version: string;
  memoryBytes: number;
  cpus: number;
  /** Defences that this engine cannot enforce; with any of them missing, nothing hostile may run on it. */
  missing: string[];
  /** Container runtimes by name, each with the path of its program as far as the engine tells it. */
  runtimes: ReadonlyMap<string, string>;
  defaultRuntime: string;
}

const engineInfo = z.object({
  ServerVersion: z.string(),
  MemTotal: z.number().positive(),
  NCPU: z.number().positive(),
  MemoryLimit: z.boolean().default(false),
  PidsLimit: z.boolean().default(false),
  SecurityOptions: z.array(z.string()).nullish(),
  Runtimes: z.record(z.string(), z.object({ path: z.string().optional() })).nullish(),
  DefaultRuntime: z.string().default('runc'),
});

/** What the engine is and what it can enforce: a rootless one without cgroup v2 ignores limits without a word. */
export async function readEngineFacts(docker: Docker, options: CallOptions): Promise<EngineFacts> {
  const info = engineInfo.parse(await bounded(docker.info(), options));
  const seccomp = info.SecurityOptions?.some((option) => option.includes('seccomp')) === true;
  const defences = { 'memory limits': info.MemoryLimit, 'process limits': info.PidsLimit, seccomp };
  const runtimes = Object.entries(info.Runtimes ?? {});
  return {
    version: info.ServerVersion.replaceAll(/[^\w.+~-]/g, ''),
    memoryBytes: info.MemTotal,
    cpus: info.NCPU,
    missing: Object.entries(defences).flatMap(([name, there]) => (there ? [] : [name])),
    runtimes: new Map(runtimes.map(([name, { path }]) => [name, path ?? ''])),
    defaultRuntime: info.DefaultRuntime,
  };
}

const connection = z.object({ modem: z.object({ socketPath: z.unknown() }) });

/** True where the engine is reached over the network or SSH: it sees none of this machine's files. */
export function isRemote(docker: Docker): boolean {
  return connection.safeParse(docker).data?.modem.socketPath === undefined;
}
