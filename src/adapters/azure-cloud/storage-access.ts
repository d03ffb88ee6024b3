import type { StorageAccount } from '@azure/arm-storage';
import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';

/**
 * Holds the account's firewall against what a capture needs: the machine writes to the account from its subnet, and
 * the server reads from it. Refuses only where nobody can get through; a rule may or may not fit, and is told of.
 */
export function checkFirewall(account: StorageAccount, name: string, subscriptionId: string): PreflightCheck {
  const doors = doorsOf(account);
  if (account.publicNetworkAccess === 'Disabled') {
    if (doors.endpoints === 0) {
      throw closed(name, subscriptionId, 'forbids public network access and has no private endpoint');
    }
    return warning(`${name} is reached through private endpoints only (${doors.endpoints})`);
  }
  if (account.publicNetworkAccess === 'SecuredByPerimeter') {
    return warning(`a network security perimeter decides who reaches ${name}`);
  }
  if (account.networkRuleSet?.defaultAction !== 'Deny') {
    return { name: 'firewall', detail: `${name} is open to all networks` };
  }
  if (doors.subnets + doors.addresses + doors.endpoints === 0) {
    throw closed(name, subscriptionId, 'lets no network through its firewall');
  }
  return warning(
    `the firewall of ${name} lets only some through (subnets: ${doors.subnets}, address rules: ${doors.addresses}, private endpoints: ${doors.endpoints})`,
  );
}

function doorsOf({ networkRuleSet: rules, privateEndpointConnections = [] }: StorageAccount) {
  const approved = privateEndpointConnections.filter(
    ({ privateLinkServiceConnectionState: state }) => state?.status === 'Approved',
  );
  return {
    subnets: rules?.virtualNetworkRules?.length ?? 0,
    addresses: (rules?.ipRules?.length ?? 0) + (rules?.ipv6Rules?.length ?? 0),
    endpoints: approved.length,
  };
}

function warning(what: string): PreflightCheck {
  return {
    name: 'firewall',
    detail: `warning: ${what}; the subnet of the target, which writes the file, and this server, which reads it, must both get through`,
  };
}

function closed(name: string, subscriptionId: string, what: string): CapwrightError {
  const flags = `--subscription ${subscriptionId}`;
  return new CapwrightError(
    'STORAGE_REFUSED',
    `Storage account ${name} ${what}, so that neither the target can write to it nor this server read from it.`,
    `Let the target's subnet and this server through (\`az storage account network-rule add ${flags} --account-name ${name} --subnet SUBNET_ID\`, and --ip-address ADDRESS), or use another account, then call start_capture again.`,
  );
}
