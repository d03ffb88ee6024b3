import { homedir } from 'node:os';
import { delimiter, join, parse, resolve } from 'node:path';
import { z } from 'zod';
import { MODEL_SETTINGS, modelConfigOf, type ModelConfig } from './config/model-settings.ts';

const optional = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value === '' ? null : value));
const list = optional.transform((value) =>
  value === null ? [] : value.split(',').map((part) => part.trim()),
);
/** A limit that is not set is none. */
const limit = optional
  .transform((value) => (value === null ? null : Number(value)))
  .pipe(z.number().int().min(1).nullable());
const GIB = 1_073_741_824;

/** Every setting, by the name of its environment variable. The README's table is made from these descriptions. */
const Environment = z.object({
  CAPWRIGHT_STATE_DIR: optional.describe(
    'Folder for tasks, audit, captures and reports; private to its user.',
  ),
  CAPWRIGHT_SESSION_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dot, underscore and hyphen, at most 64')
    .optional()
    .describe('Name of the audit session. Default: made at start.'),
  CAPWRIGHT_ALLOWED_ROOTS: optional.describe(
    'Folders whose captures MCP and HTTP callers may have analysed, separated as in PATH. Default: the working directory, unless it is / or the home directory.',
  ),
  CAPWRIGHT_POLL_SECONDS: z.coerce
    .number()
    .min(0.05)
    .max(300)
    .default(5)
    .describe('Shortest pause between two looks at a running capture; a quiet one is looked at less often.'),
  CAPWRIGHT_MAX_CAPTURE_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(4 * GIB)
    .describe('Largest capture that is downloaded or analysed.'),
  CAPWRIGHT_ANALYSIS_MAX_PACKETS: limit.describe(
    'Packets that one analysis reads; of a longer capture the report covers the first, and says so. Default: all.',
  ),
  CAPWRIGHT_ANALYSIS_MAX_SECONDS: limit.describe(
    'Seconds that one analysis reads a capture; the report covers what was read by then, and says so. Default: as long as it takes.',
  ),
  CAPWRIGHT_DELETE_BLOBS: z
    .enum(['true', 'false', ''])
    .default('false')
    .transform((value) => value === 'true')
    .describe(
      'true: a capture is deleted from the storage account once it is downloaded and verified. Default: it stays.',
    ),
  DEBUG_SAVE_DIR: optional.describe(
    'Folder for a second copy of all that analyses keep (prompts, replies, scripts, outputs, results), a folder each, also of `analyze`. Nothing there is ever deleted. Default: no copy.',
  ),
  CAPWRIGHT_POLICY_FILE: optional.describe(
    "JSON file with what captures are allowed. Default: no limits beyond Azure's.",
  ),
  AZURE_SUBSCRIPTION_ID: optional.describe(
    "Subscription where a caller names none. Default: the Azure CLI's (`az account show`).",
  ),
  CAPWRIGHT_STORAGE_ACCOUNT: optional.describe('Storage account where a caller names none.'),
  CAPWRIGHT_STORAGE_CONTAINER: optional.describe(
    "Container where a caller names none. Default: Network Watcher's own.",
  ),
  CAPWRIGHT_ALLOWED_STORAGE_ACCOUNTS: list.describe(
    'Further accounts, by comma, whose blobs analyze_pcap may read.',
  ),
  AZURE_CLOUD: optional
    .pipe(z.enum(['AzureCloud', 'AzureChinaCloud', 'AzureUSGovernment']).nullable())
    .describe("Azure's cloud: AzureCloud (default), AzureChinaCloud or AzureUSGovernment."),
  AZURE_CONFIG_DIR: optional.describe(
    'Where the Azure CLI keeps its profile, for its default subscription. Default: ~/.azure.',
  ),
  CAPWRIGHT_ARM_ENDPOINT: optional.describe('Azure Resource Manager, where it is not the public one.'),
  AZURE_AUTHORITY_HOST: optional.describe('Where tokens come from, where it is not the public login.'),
  CAPWRIGHT_CA_FILE: optional.describe('PEM file of a further certificate authority, for local Azure.'),
  CAPWRIGHT_BLOB_ENDPOINT: optional.describe(
    'Blob endpoint with {account} in it, where it is not the public one.',
  ),
  ...MODEL_SETTINGS,
  PLANNER_MAX_RETRIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('Repairs of a failed script; attempts are one more.'),
  CAPWRIGHT_SANDBOX: z
    .enum(['auto', 'docker', 'podman', 'bubblewrap', 'none', ''])
    .default('auto')
    .transform((value) => (value === '' ? 'auto' : value))
    .describe(
      'What holds captures and scripts: auto (default) takes the strongest of docker, podman and bubblewrap that is there; a name takes that or nothing; none takes nothing.',
    ),
  CAPWRIGHT_SANDBOX_RUNTIME: optional
    .pipe(
      z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}$/, 'the name of a runtime that Docker knows')
        .nullable(),
    )
    .describe(
      "Docker's container runtime, such as runsc; auto then means docker. Default: Docker's own default.",
    ),
  CAPWRIGHT_SANDBOX_CONCURRENCY: optional
    .transform((value) => (value === null ? null : Number(value)))
    .pipe(z.number().int().min(1).max(64).nullable())
    .describe(
      'Analyses at a time; others wait in order. Default: one per CPU, as far as 1.5 GiB of memory for each are there.',
    ),
  DOCKER_HOST: optional.describe('Docker Engine, where it is not the default socket.'),
  CONTAINER_HOST: optional.describe(
    "Podman's service as unix://PATH, where it is not the default socket of the user or the system.",
  ),
});

export type Environment = z.infer<typeof Environment>;

export interface Config extends ModelConfig {
  stateDir: string;
  sessionId: string | null;
  allowedRoots: string[];
  pollMs: number;
  maxCaptureBytes: number;
  /** What one analysis reads at most; null: all of it. */
  analysisBudget: { packets: number | null; milliseconds: number | null };
  /** Whether captures go from the storage account once they are here. */
  deleteBlobs: boolean;
  /** Gets a second copy of all that analyses keep; null: nothing does. */
  debugSaveDir: string | null;
  policyFile: string | null;
  azure: {
    subscriptionId: string | null;
    storageAccount: string | null;
    storageContainer: string | null;
    allowedStorageAccounts: string[];
    cloud: Environment['AZURE_CLOUD'];
    configDir: string;
    armEndpoint: string | null;
    authorityHost: string | null;
    caFile: string | null;
    blobEndpoint: string | null;
    /** The service principal's variables, as Azure's SDKs name them. */
    identity: Record<string, string | undefined>;
  };
  maxRetries: number;
  sandbox: {
    engine: Environment['CAPWRIGHT_SANDBOX'];
    runtime: string | null;
    /** null: as many as the machine bears. */
    concurrency: number | null;
    podman: { containerHost: string | null; runtimeDir: string | null };
  };
}

/** Thrown for settings that can't be; the message names the variable and what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Reads the environment once; flags, given as the same names, win over it. */
export function readConfig(env: Record<string, string | undefined>, cwd: string): Config {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(lines.join('; '));
  }
  const set = parsed.data;
  const model = modelConfigOf(set);
  if ('problem' in model) {
    throw new ConfigError(model.problem);
  }
  return {
    stateDir: resolve(cwd, set.CAPWRIGHT_STATE_DIR ?? defaultStateDir(env)),
    sessionId: set.CAPWRIGHT_SESSION_ID ?? null,
    allowedRoots: rootsOf(set.CAPWRIGHT_ALLOWED_ROOTS, cwd),
    pollMs: set.CAPWRIGHT_POLL_SECONDS * 1000,
    maxCaptureBytes: set.CAPWRIGHT_MAX_CAPTURE_BYTES,
    analysisBudget: {
      packets: set.CAPWRIGHT_ANALYSIS_MAX_PACKETS,
      milliseconds: inMs(set.CAPWRIGHT_ANALYSIS_MAX_SECONDS),
    },
    deleteBlobs: set.CAPWRIGHT_DELETE_BLOBS,
    debugSaveDir: set.DEBUG_SAVE_DIR === null ? null : resolve(cwd, set.DEBUG_SAVE_DIR),
    policyFile: set.CAPWRIGHT_POLICY_FILE === null ? null : resolve(cwd, set.CAPWRIGHT_POLICY_FILE),
    azure: {
      subscriptionId: set.AZURE_SUBSCRIPTION_ID,
      storageAccount: set.CAPWRIGHT_STORAGE_ACCOUNT,
      storageContainer: set.CAPWRIGHT_STORAGE_CONTAINER,
      allowedStorageAccounts: set.CAPWRIGHT_ALLOWED_STORAGE_ACCOUNTS,
      cloud: set.AZURE_CLOUD,
      configDir: resolve(cwd, set.AZURE_CONFIG_DIR ?? join(homedir(), '.azure')),
      armEndpoint: set.CAPWRIGHT_ARM_ENDPOINT,
      authorityHost: set.AZURE_AUTHORITY_HOST,
      caFile: set.CAPWRIGHT_CA_FILE,
      blobEndpoint: set.CAPWRIGHT_BLOB_ENDPOINT,
      identity: pick(env, ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET']),
    },
    ...model,
    maxRetries: set.PLANNER_MAX_RETRIES,
    sandbox: {
      engine: set.CAPWRIGHT_SANDBOX,
      runtime: set.CAPWRIGHT_SANDBOX_RUNTIME,
      concurrency: set.CAPWRIGHT_SANDBOX_CONCURRENCY,
      podman: { containerHost: set.CONTAINER_HOST, runtimeDir: env['XDG_RUNTIME_DIR'] || null },
    },
  };
}

/** Name, default and meaning of every setting, for the README. */
export function describeSettings(): { name: string; description: string }[] {
  return Object.entries(Environment.shape).map(([name, field]) => ({
    name,
    description: field.description ?? '',
  }));
}

const inMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000);

function pick(env: Record<string, string | undefined>, names: string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

function defaultStateDir(env: Record<string, string | undefined>): string {
  const base = env['XDG_STATE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.local', 'state') : base, 'capwright');
}

/** A host may start the server in / or the home directory; nobody meant all of that to be readable. */
function rootsOf(setting: string | null, cwd: string): string[] {
  if (setting !== null) {
    return setting
      .split(delimiter)
      .filter((root) => root !== '')
      .map((root) => resolve(cwd, root));
  }
  return cwd === parse(cwd).root || cwd === homedir() ? [] : [cwd];
}
