import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CapwrightError } from '../../domain/errors.ts';
import { cloudFacts, type CloudName } from './clouds.ts';
import { field } from './error-facts.ts';
import type { AzureCloudOptions } from './options.ts';

/** What `az login` and `az account set` leave on disk, as far as it matters here. */
const Profile = z.object({
  subscriptions: z.array(
    z.object({
      id: z.guid(),
      isDefault: z.boolean().default(false),
      state: z.string().default('Enabled'),
      environmentName: z.string().default('AzureCloud'),
    }),
  ),
});

type Source = Pick<AzureCloudOptions, 'subscriptionId' | 'azureConfigDir' | 'cloud' | 'armEndpoint'>;

/**
 * The subscription where a caller names none: the configured one, else the Azure CLI's default. Throws
 * AZURE_NOT_CONFIGURED with the reason why there is none.
 */
export async function defaultSubscription(source: Source): Promise<string> {
  if (source.subscriptionId !== null) {
    return source.subscriptionId;
  }
  if (source.azureConfigDir === undefined) {
    throw none(
      'the Azure CLI was not asked',
      'Give subscription_id, or set AZURE_SUBSCRIPTION_ID for the server.',
    );
  }
  const { subscriptions } = await readProfile(source.azureConfigDir);
  const found = subscriptions.find(({ isDefault }) => isDefault);
  if (found === undefined) {
    throw none(
      'the Azure CLI has no default subscription',
      'Give subscription_id, set AZURE_SUBSCRIPTION_ID, or run `az account set --subscription ID`.',
    );
  }
  if (found.state !== 'Enabled') {
    throw none(
      `the Azure CLI's default subscription ${found.id} is not enabled`,
      'Give subscription_id, or run `az account set --subscription ID` with one that is.',
    );
  }
  checkCloud(found.environmentName, cloudFacts(source).name);
  return found.id;
}

async function readProfile(directory: string): Promise<z.infer<typeof Profile>> {
  let text: string;
  try {
    text = await readFile(join(directory, 'azureProfile.json'), 'utf8');
  } catch (error) {
    throw field(error, 'code') === 'ENOENT'
      ? none(
          'the Azure CLI is not signed in here',
          'Give subscription_id, set AZURE_SUBSCRIPTION_ID for the server, or run `az login` as its user.',
        )
      : none(
          "the Azure CLI's profile cannot be read",
          'Give subscription_id, set AZURE_SUBSCRIPTION_ID, or let the server read azureProfile.json.',
        );
  }
  const parsed = Profile.safeParse(json(text));
  if (!parsed.success) {
    throw none(
      "the Azure CLI's profile is not what it should be",
      'Give subscription_id, set AZURE_SUBSCRIPTION_ID, or run `az account clear` and `az login`.',
    );
  }
  return parsed.data;
}

/** The CLI writes a byte order mark. */
function json(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** A subscription of one cloud is unknown in every other, and the error of Azure would not say so. */
function checkCloud(theirs: string, ours: CloudName): void {
  if (theirs !== ours) {
    const shown = /^[A-Za-z]{1,40}$/.test(theirs) ? theirs : 'another cloud';
    throw none(
      `the Azure CLI's default subscription lies in ${shown}, and the server works with ${ours}`,
      `Set AZURE_CLOUD=${shown} for the server, or give subscription_id.`,
    );
  }
}

function none(why: string, next: string): CapwrightError {
  return new CapwrightError(
    'AZURE_NOT_CONFIGURED',
    `No Azure subscription was given and none is configured; ${why}.`,
    next,
  );
}
