import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';

// Runs Azurite in this process, which ends when its standard input does: a parent that is killed without
// a chance to clean up closes the pipe all the same, so neither Azurite nor its directory is left behind.
const [, , azuriteMain = '', directoryToRemove = ''] = process.argv;
process.argv.splice(2, 2);
const leave = (): void => {
  if (directoryToRemove !== '') {
    rmSync(directoryToRemove, { recursive: true, force: true });
  }
  process.exit(0);
};
process.stdin.on('end', leave);
process.stdin.on('close', leave);
process.stdin.on('error', leave);
process.stdin.resume();
createRequire(import.meta.url)(azuriteMain);
