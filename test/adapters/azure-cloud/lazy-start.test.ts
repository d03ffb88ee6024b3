import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const PROGRAM = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => { if (url.includes('/@azure/')) loaded.push(url); return next(url, context); } });
  const { createAzureCloud } = await import('./src/adapters/azure-cloud/azure-cloud.ts');
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  createAzureCloud({ subscriptionId: null, defaultStorageAccount: null, defaultStorageContainer: null, clock, log: () => undefined });
  process.stdout.write(JSON.stringify(loaded));
`;

it('loads nothing of the Azure SDK before the first call', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM]);

  expect(JSON.parse(stdout)).toEqual([]);
});
