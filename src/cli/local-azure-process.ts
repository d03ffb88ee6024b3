import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CapwrightError } from '../domain/errors.ts';

/** The one line that Local Azure prints when it is ready. */
const Ready = z.object({
  armEndpoint: z.string(),
  authorityHost: z.string(),
  caFile: z.string(),
  blobEndpoint: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  vms: z.array(z.string()).min(1),
  storageAccount: z.string(),
  storageContainer: z.string(),
});
export type LocalAzureFacts = z.infer<typeof Ready>;

/** What Node is started with: the entry has our own extension, .ts from the sources and .js from a build. */
export const LOCAL_AZURE = [
  '--disable-warning=ExperimentalWarning',
  join(import.meta.dirname, '..', 'local-azure', `main${extname(import.meta.filename)}`),
];

export interface LocalAzureProcess {
  facts: LocalAzureFacts;
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts Local Azure as a process of its own; it ends with us, however we end. */
export async function startLocalAzureProcess(args: readonly string[]): Promise<LocalAzureProcess> {
  const child = spawn(process.execPath, [...LOCAL_AZURE, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const complaint = lastLine(child);
  const facts = await Promise.race([ready(child), failed(child, complaint)]);
  return { facts, environment: environmentOf(facts), stop: () => stop(child) };
}

async function ready(child: ChildProcess): Promise<LocalAzureFacts> {
  if (child.stdout === null) {
    throw new Error('the child has no stdout');
  }
  for await (const line of createInterface({ input: child.stdout })) {
    return Ready.parse(JSON.parse(line));
  }
  return new Promise(() => {});
}

async function failed(child: ChildProcess, complaint: () => string): Promise<never> {
  await once(child, 'exit');
  throw new CapwrightError(
    'AZURE_UNAVAILABLE',
    `The local Azure did not start: ${complaint()}`,
    'Run npm ci, then the same command again.',
  );
}

function lastLine(child: ChildProcess): () => string {
  let last = 'it said nothing';
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      last = line;
    });
  }
  return () => last;
}

/** The settings that point Capwright at a Local Azure. */
export function environmentOf(facts: LocalAzureFacts): Record<string, string> {
  return {
    AZURE_TENANT_ID: facts.tenantId,
    AZURE_CLIENT_ID: facts.clientId,
    AZURE_CLIENT_SECRET: facts.clientSecret,
    AZURE_SUBSCRIPTION_ID: facts.subscriptionId,
    AZURE_AUTHORITY_HOST: facts.authorityHost,
    CAPWRIGHT_ARM_ENDPOINT: facts.armEndpoint,
    CAPWRIGHT_BLOB_ENDPOINT: facts.blobEndpoint,
    CAPWRIGHT_CA_FILE: facts.caFile,
    CAPWRIGHT_STORAGE_ACCOUNT: facts.storageAccount,
    CAPWRIGHT_STORAGE_CONTAINER: facts.storageContainer,
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}
