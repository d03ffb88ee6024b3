import type { Isolation, SandboxLimits } from '../../ports.ts';

const MIB = 1024 ** 2;
/** tshark itself, before its first packet, with room. */
const BASE_BYTES = 256 * MIB;

/**
 * Limits that fit a capture. tshark keeps about 160 MB plus 0.6 KB per packet, so ten bytes per byte of capture holds
 * for packets of 76 bytes too; the workspace counts as memory. Never more than three quarters of the engine's memory.
 */
export function limitsFor(
  captureBytes: number,
  engine: { memoryBytes: number; cpus: number },
  wanted: Partial<SandboxLimits> = {},
): SandboxLimits {
  const workspaceBytes = wanted.workspaceBytes ?? 64 * MIB;
  const needed = BASE_BYTES + workspaceBytes + captureBytes * 10;
  const ceiling = Math.min(4096 * MIB, Math.floor(engine.memoryBytes * 0.75));
  return {
    workspaceBytes,
    memoryBytes: wanted.memoryBytes ?? Math.min(Math.max(needed, 512 * MIB), ceiling),
    cpus: Math.min(wanted.cpus ?? 1, engine.cpus),
    pids: wanted.pids ?? 64,
  };
}

/** Bytes of memory that reading one byte of a usual capture takes, packets of some hundred bytes and reassembly in it. */
const USUAL_PER_BYTE = 2;

/** The isolation, which also lacks memory where its engine has too little for a usual capture of this size. */
export function withMemory(isolation: Isolation, captureBytes: number, limits: SandboxLimits): Isolation {
  const usual = BASE_BYTES + limits.workspaceBytes + captureBytes * USUAL_PER_BYTE;
  if (limits.memoryBytes >= usual) return isolation;
  const shortage =
    `Memory for a capture of this size: it has ${mebibytes(limits.memoryBytes)}, and reading usually takes up to ` +
    `${mebibytes(usual)}; give the engine more, or cut the file with editcap -c.`;
  return { ...isolation, lacks: [...isolation.lacks, shortage] };
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`;
