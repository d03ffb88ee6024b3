import { z } from 'zod';
import type { Random } from '../deep/orchestrator/random.ts';
import type { ChaosAzure } from './azure.ts';
import type { Fleet } from './fleet.ts';
import { Refused } from './server.ts';

/** The part of a request that says what is captured, and where. */
export type Target = Record<string, unknown>;

/** Machines that can be captured on, and whatever else the servers' version takes: scale sets and rings. */
export async function findTargets(
  fleet: Fleet,
  connection: ChaosAzure['connection'],
  vms: number,
  random: Random,
  tell: (line: string) => void,
): Promise<Target[]> {
  const group = { resource_group: connection.resourceGroup };
  const machines = connection.vms.filter((name) => name.startsWith('fleet-')).slice(0, vms);
  const [set = ''] = connection.scaleSets;
  const ring = { file_count: 3, file_bytes: 1_000_000 };
  const plain = machines.map((target): Target => ({ ...group, target }));
  const special = new Map<string, Target[]>([
    ['a scale set', [{ ...group, target: set, target_type: 'AzureVMSS' }]],
    ['some instances', [{ ...group, target: set, target_type: 'AzureVMSS', include_instances: ['0', '2'] }]],
    ['rings', every(plain, 5).map((target) => ({ ...target, continuous: ring }))],
    ['pairs', every(plain, 5).map((one, n) => ({ ...group, targets: [one, plain[5 * n + 1] ?? one] }))],
  ]);
  const taken: Target[] = [];
  for (const [name, targets] of special) {
    const [first] = targets;
    if (first !== undefined && (await takes(fleet, random, first))) {
      taken.push(...targets);
    } else {
      tell(`left out, since this version or so few machines do not take it: ${name}`);
    }
  }
  tell(`${plain.length} machines, and ${taken.length} targets of other kinds`);
  return [...plain, ...taken];
}

function every(targets: readonly Target[], step: number): Target[] {
  return targets.filter((_, n) => n % step === 0 && n + 1 < targets.length);
}

/** Whether a dry run of it is good: what a version doesn't take yet is left out. */
async function takes(fleet: Fleet, random: Random, target: Target): Promise<boolean> {
  const server = await fleet.someone(random);
  const view = z.object({ status: z.literal('dry_run') });
  try {
    await server.call('start_capture', { ...target, duration_seconds: 1, dry_run: true }, view, 60_000);
    return true;
  } catch (error) {
    if (error instanceof Refused || error instanceof z.ZodError) {
      return false;
    }
    throw error;
  }
}
