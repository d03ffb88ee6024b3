import { CapwrightError } from '../../domain/errors.ts';
import { quoted } from '../../domain/quoted.ts';

/** The parts of `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME`, as they were written. */
export interface ArmId {
  id: string;
  subscriptionId: string;
  resourceGroup: string;
  /** Namespace and type in lower case, such as `microsoft.compute/virtualmachines`. */
  type: string;
  name: string;
}

const SHAPE =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/([^/]+)\/([^/]+)(?:\/([^/]+)\/([^/]+))?\/?$/i;

/** Reads a full ARM id (of a child resource too: its type then has three parts), or null where it is none. */
export function parseArmId(id: string): ArmId | null {
  const parts = SHAPE.exec(id);
  const [, subscriptionId, resourceGroup, namespace, type, name, childType, childName] = parts ?? [];
  if (!subscriptionId || !resourceGroup || !namespace || !type || !name) {
    return null;
  }
  const full = [namespace, type, ...(childType ? [childType] : [])].join('/').toLowerCase();
  return { id, subscriptionId, resourceGroup, type: full, name: childName ?? name };
}

/** `West US 2` and `westus2` are the same place. */
export function normalLocation(location: string): string {
  return location.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

const NAME = /^[\p{L}\p{N}_(][\p{L}\p{N}._()-]{0,89}$/u;

/**
 * Passes a resource name through, or throws INVALID_ARGUMENT: names go into URLs and into commands that we print,
 * and a name of dots alone would climb out of its place in the URL.
 */
export function resourceName(field: string, value: string): string {
  if (!NAME.test(value) || value.endsWith('.')) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${field} is ${quoted(value)}, no Azure resource name: letters, digits, ".", "_", "-" and parentheses, at most 90, no "." at the end.`,
      `Correct ${field} and call again.`,
    );
  }
  return value;
}

/** Passes a subscription id through, or throws INVALID_ARGUMENT. */
export function subscriptionGuid(value: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `subscription_id is ${quoted(value)}, no subscription id such as 00000000-0000-0000-0000-000000000000.`,
      'Run `az account list --output table`, take the SubscriptionId, and call again.',
    );
  }
  return value.toLowerCase();
}
