import type { PreflightCheck } from '../../domain/capture-request.ts';
import type { ReadyStorage } from './storage.ts';
import type { ReadyVm } from './vm.ts';
import type { Watcher } from './watcher.ts';

interface Found {
  vm: ReadyVm;
  watcher: Watcher;
  storage: ReadyStorage;
  /** null where Azure chooses. */
  container: string | null;
  /** Captures of the VM that are over. */
  others: number;
}

/** What a preflight found, one line for each thing that a capture needs; every one of them is good. */
export function checksOf({ vm, watcher, storage, container, others }: Found): PreflightCheck[] {
  const into =
    container === null ? 'container and path are chosen by Azure' : `container ${shown(container)}`;
  return [
    {
      name: 'vm',
      detail: `${vm.name} exists in resource group ${vm.resourceGroup} of subscription ${vm.subscriptionId}`,
    },
    { name: 'power', detail: 'running' },
    { name: 'region', detail: vm.location },
    { name: 'agent', detail: `${vm.agent} is installed` },
    {
      name: 'watcher',
      detail: `${shown(watcher.name)} in resource group ${shown(watcher.resourceGroup)} serves ${watcher.location}`,
    },
    {
      name: 'storage',
      detail: `${storage.name} (${storage.sku}) lies in the same region and allows shared keys; ${into}`,
    },
    {
      name: 'captures',
      detail: others === 0 ? 'none on this VM' : `none running on this VM, ${others} that are over`,
    },
  ];
}

/** A name that Azure gave, unless it holds what no name holds. */
function shown(name: string): string {
  return /^[\w.()-]{1,90}$/.test(name) ? name : '(unprintable name)';
}
