import { leavesManyFiles, type CaptureFile, type CapturePlan, type Instance } from './capture-plan.ts';
import type { Unit } from './merged-input.ts';

/** A machine of a capture, or what stands for one, with the files that came from it in the order of delivery. */
export interface MachineFiles extends Unit {
  files: CaptureFile[];
}

/**
 * The files of a session by machine. Files of a scale set that do not tell their instance stay apart from each
 * other: putting two machines together would make traffic that never was.
 */
export function machinesOf(plan: CapturePlan, files: readonly CaptureFile[]): MachineFiles[] {
  if (plan.targetType === 'AzureVM' || !leavesManyFiles(plan)) {
    return [{ key: 'vm', instance: null, label: plan.vmName, files: [...files] }];
  }
  const groups = new Map<string, MachineFiles>();
  const keys = new Set<string>();
  for (const [index, file] of files.entries()) {
    const { instanceId } = file;
    const group = groups.get(instanceId ?? `file ${index}`) ?? {
      ...(instanceId === null ? unknownUnit(index) : unitOf(plan, instanceId, keys)),
      files: [],
    };
    group.files.push(file);
    groups.set(instanceId ?? `file ${index}`, group);
  }
  return [...groups.values()];
}

function unitOf({ instances }: CapturePlan, id: string, keys: Set<string>): Unit {
  const instance: Instance = instances.find((known) => known.id === id) ?? { id, name: `instance ${id}` };
  const words = id.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 40);
  const key = words === '' || keys.has(words) ? `${words}_${keys.size + 1}` : words;
  keys.add(key);
  return { key, instance, label: instance.name };
}

const unknownUnit = (index: number): Unit => ({
  key: `file-${index + 1}`,
  instance: null,
  label: `file ${index + 1}, of an unknown instance`,
});

/** Files of one machine that can't be put together, each as a unit of its own. */
export function apart(machine: MachineFiles): MachineFiles[] {
  const { key, label, files } = machine;
  return files.map((file, index) => ({
    ...machine,
    key: `${key}-file-${index + 1}`,
    label: `${label}, file ${index + 1} of ${files.length}`,
    files: [file],
  }));
}
