import type { CapturePlan, Instance } from '../../domain/capture-plan.ts';
import { CapwrightError } from '../../domain/errors.ts';
import { sameName } from '../../domain/same-name.ts';
import type { CaptureTarget } from '../../ports.ts';
import { azFlags, called, type TargetAddress } from './target.ts';

/** An instance with the id by which Azure takes it in a scope. */
export interface KnownInstance extends Instance {
  armId: string;
}

/**
 * Resolves the asked instances, each by number, name or ARM id, into a scope of ARM ids and the instances that it
 * leaves over. Azure passes over an instance that isn't there, so that we must not: INVALID_ARGUMENT names it.
 */
export function resolveScope<T extends KnownInstance>(
  all: readonly T[],
  { include, exclude }: CaptureTarget['instances'],
  address: TargetAddress,
): { scope: CapturePlan['scope']; chosen: T[] } {
  const wanted = resolved(all, include, 'include_instances', address);
  const unwanted = resolved(all, exclude, 'exclude_instances', address);
  const both = wanted.find((instance) => unwanted.includes(instance));
  if (both !== undefined) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `Instance ${both.name} is in include_instances and in exclude_instances.`,
      'Take it out of one of them, and call start_capture again.',
    );
  }
  const chosen = (wanted.length > 0 ? wanted : [...all]).filter((instance) => !unwanted.includes(instance));
  if (chosen.length === 0 && all.length > 0) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `exclude_instances leaves no instance of ${called(address)} over.`,
      'Leave exclude_instances out, or fewer of them in, and call start_capture again.',
    );
  }
  const ids = (instances: readonly T[]): string[] => instances.map(({ armId }) => armId);
  return { scope: { include: ids(wanted), exclude: ids(unwanted) }, chosen };
}

/** In the order of the set, each once. */
function resolved<T extends KnownInstance>(
  all: readonly T[],
  asked: readonly string[],
  field: string,
  address: TargetAddress,
): T[] {
  const found = new Set(asked.map((text) => one(all, text, field, address)));
  return all.filter((instance) => found.has(instance));
}

function one<T extends KnownInstance>(
  all: readonly T[],
  text: string,
  field: string,
  address: TargetAddress,
): T {
  const instance = all.find(({ id, name, armId }) =>
    [id, name, armId].some((known) => sameName(known, text)),
  );
  if (instance === undefined) {
    const shown = /^[\w.()/-]{1,300}$/.test(text) ? text : '(unprintable)';
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${called(address)} has no instance ${shown}, which ${field} names.`,
      `Run \`az vmss list-instances ${azFlags(address)} --name '${address.name}' --query "[].instanceId" --output tsv\` and call start_capture with numbers from it.`,
    );
  }
  return instance;
}
