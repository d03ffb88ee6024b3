import { fstatSync } from 'node:fs';
import { AzuriteMissing } from './azurite/azurite.ts';
import { readCommandLine, usage, WrongFlag } from './cli/options.ts';
import { shellLines } from './cli/shell-lines.ts';
import { startLocalAzure } from './start.ts';

/** Runs Local Azure until a signal, or until whoever started it is gone and its standard input closes. */
async function main(): Promise<void> {
  const { help, env, options } = readCommandLine(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage());
    return;
  }
  const ending = ended();
  const azure = await startLocalAzure(options);
  const { connection } = azure;
  process.stdout.write(env ? shellLines(connection) : `${JSON.stringify(connection)}\n`);
  process.stderr.write(
    `Local Azure listens on ${connection.armEndpoint} (${connection.vms.length} machines, control at ${connection.controlEndpoint}); interrupt to end it.\n`,
  );
  await ending;
  await azure.stop();
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve();
    };
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
    if (startedByProgram()) {
      process.stdin.once('end', end);
      process.stdin.once('close', end);
      process.stdin.once('error', end);
      process.stdin.resume();
    }
  });
}

/** A pipe ends with the program behind it; a terminal or /dev/null, as a shell gives to `&`, says nothing. */
function startedByProgram(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isSocket();
  } catch {
    return false;
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const missing = error instanceof AzuriteMissing;
  process.stderr.write(`${missing || error instanceof Error ? error.message : 'Local Azure failed.'}\n`);
  process.exit(error instanceof WrongFlag ? 2 : 1);
}
