import { parseArgs } from 'node:util';
import { AzuriteMissing } from './azurite/azurite.ts';
import { startLocalAzure, type LocalAzureOptions } from './start.ts';

const usage = 'local-azure [--port N] [--dir DIR] [--seed N] [--time-scale X]';

/** Runs Local Azure until a signal, or until whoever started it is gone and its standard input closes. */
async function main(): Promise<void> {
  const ending = ended();
  const azure = await startLocalAzure(readOptions());
  process.stdout.write(`${JSON.stringify(azure.connection)}\n`);
  process.stderr.write(`Local Azure listens on ${azure.connection.armEndpoint}\n`);
  await ending;
  await azure.stop();
}

function readOptions(): LocalAzureOptions {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      dir: { type: 'string' },
      seed: { type: 'string' },
      'time-scale': { type: 'string' },
    },
  });
  return {
    ...number('port', values.port, 0, 65_535),
    ...(values.dir !== undefined && { directory: values.dir }),
    ...number('seed', values.seed, 0, 2 ** 32 - 1),
    ...number('timeScale', values['time-scale'], 0, 1000),
  };
}

function number(key: string, text: string | undefined, low: number, high: number): Record<string, number> {
  if (text === undefined) {
    return {};
  }
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high)) {
    throw new RangeError(`Between ${low} and ${high}, please: ${key}. Usage: ${usage}`);
  }
  return { [key]: value };
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve();
    };
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
    process.stdin.once('end', end);
    process.stdin.once('close', end);
    process.stdin.once('error', end);
    process.stdin.resume();
  });
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const missing = error instanceof AzuriteMissing;
  process.stderr.write(`${missing || error instanceof Error ? error.message : 'Local Azure failed.'}\n`);
  process.exit(1);
}
