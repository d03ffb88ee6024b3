import { CapwrightError } from '../../domain/errors.ts';
import { sameName } from '../../domain/same-name.ts';
import { azFlags, called, type TargetAddress } from './target.ts';

/** An extension of a VM, of an instance, or in the model of a scale set. */
export interface Extension {
  publisher?: string;
  typePropertiesType?: string;
  provisioningState?: string;
}

const PUBLISHER = 'Microsoft.Azure.NetworkWatcher';
const AGENTS = { Linux: 'NetworkWatcherAgentLinux', Windows: 'NetworkWatcherAgentWindows' } as const;

/** The Network Watcher agent among extensions, by publisher and type: its name is anybody's choice. */
export function findAgent(
  extensions: readonly Extension[] | undefined,
): (Extension & { agent: string }) | null {
  for (const extension of extensions ?? []) {
    const agent = Object.values(AGENTS).find((type) => sameName(type, extension.typePropertiesType ?? ''));
    if (agent !== undefined && sameName(extension.publisher ?? '', PUBLISHER)) {
      return { ...extension, agent };
    }
  }
  return null;
}

/** Without the agent nothing can be captured; says how it is installed. */
export function agentMissing(
  address: TargetAddress,
  osType: string | undefined,
  installed: boolean,
): CapwrightError {
  const type = osType === 'Windows' ? AGENTS.Windows : AGENTS.Linux;
  const flags = azFlags(address);
  const set = `--name ${type} --publisher ${PUBLISHER} --version 1.4`;
  return new CapwrightError(
    'AGENT_MISSING',
    installed
      ? `The Network Watcher agent extension of ${called(address)} is not ready.`
      : `${called(address)} has no Network Watcher agent extension, without which nothing can be captured.`,
    address.type === 'AzureVM'
      ? `Run \`az vm extension set ${flags} --vm-name '${address.name}' ${set}\`, then call start_capture again.`
      : `Run \`az vmss extension set ${flags} --vmss-name '${address.name}' ${set}\` and \`az vmss update-instances ${flags} --name '${address.name}' --instance-ids '*'\`, then call start_capture again.`,
  );
}
