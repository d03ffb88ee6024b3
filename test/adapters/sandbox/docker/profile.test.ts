import { describe, expect, it } from 'vitest';
import { containerOptions } from '../../../../src/adapters/sandbox/docker/profile.ts';
import { limitsFor } from '../../../../src/adapters/sandbox/limits.ts';

const MIB = 1024 ** 2;
const ENGINE = { memoryBytes: 16_384 * MIB, cpus: 8 };
const LIMITS = limitsFor(MIB, ENGINE);
const OPTIONS = containerOptions({
  image: 'image',
  capture: '/captures/a.pcap',
  limits: LIMITS,
  seccomp: '{}',
  instanceId: 'me',
  ttlSeconds: 900,
  expiresAtSeconds: 1_000,
});

describe('the container profile', () => {
  it('has none of the misconfigurations that containers are escaped through', () => {
    const host = OPTIONS.HostConfig ?? {};

    expect(host).not.toHaveProperty('Privileged');
    expect(host).not.toHaveProperty('CapAdd');
    expect(host).not.toHaveProperty('Binds');
    expect(host).not.toHaveProperty('Devices');
    expect(host).not.toHaveProperty('PidMode');
    expect(host).not.toHaveProperty('UTSMode');
    expect(host).not.toHaveProperty('UsernsMode');
    expect(host.Mounts).toHaveLength(1);
    expect(host.Mounts?.[0]).toMatchObject({ Source: '/captures/a.pcap', ReadOnly: true });
    expect(host).toMatchObject({
      NetworkMode: 'none',
      IpcMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      LogConfig: { Type: 'none' },
    });
  });

  it('gives no swap beyond the memory limit', () => {
    expect(OPTIONS.HostConfig?.MemorySwap).toBe(OPTIONS.HostConfig?.Memory);
  });
});

describe('the limits', () => {
  it('grow with the capture', () => {
    const small = limitsFor(MIB, ENGINE).memoryBytes;
    const large = limitsFor(100 * MIB, ENGINE).memoryBytes;

    expect(small).toBe(512 * MIB);
    expect(large).toBeGreaterThan(1_000 * MIB);
  });

  it('never ask for more than three quarters of the engine’s memory, or more CPUs than it has', () => {
    const limits = limitsFor(10_000 * MIB, { memoryBytes: 2_048 * MIB, cpus: 1 }, { cpus: 4 });

    expect(limits).toMatchObject({ memoryBytes: 1_536 * MIB, cpus: 1 });
  });
});
