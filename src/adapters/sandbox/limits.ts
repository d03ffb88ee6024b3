import type { SandboxLimits } from '../../ports.ts';

const MIB = 1024 ** 2;

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
  const needed = 256 * MIB + workspaceBytes + captureBytes * 10;
  const ceiling = Math.min(4096 * MIB, Math.floor(engine.memoryBytes * 0.75));
  return {
    workspaceBytes,
    memoryBytes: wanted.memoryBytes ?? Math.min(Math.max(needed, 512 * MIB), ceiling),
    cpus: Math.min(wanted.cpus ?? 1, engine.cpus),
    pids: wanted.pids ?? 64,
  };
}
