#!/usr/bin/env node
// Nothing is imported before the version is checked: an older Node would only print a syntax error.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `capwright needs Node 22.19 or newer, this is ${process.versions.node}; run: npx -p node@24 -p capwright capwright\n`,
  );
  process.exitCode = 1;
} else {
  quietExperiments();
  await growYoungBy(8);
  await keepCompiled();
  const { run } = await import('./cli/run.ts');
  await growYoungBy(1);
  process.exitCode = await run(process.argv.slice(2));
}

/** node:sqlite is stable in what we use of it; its notice would only worry people at the shell. */
function quietExperiments(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') {
      process.stderr.write(`${warning.name}: ${warning.message}\n`);
    }
  });
}

/**
 * Reading packets makes garbage that is dead at once. V8 begins with 1 MiB of space for it, which it empties every few
 * milliseconds, and grows that far beyond what pays. Loading our files makes it grow once, to 8 MiB, and there it stays:
 * emptied a tenth as often, and a capture of 1 GB takes a third less memory than if V8 had its way.
 */
async function growYoungBy(factor: number): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}

/** Starting is mostly compiling; what V8 made of our files is kept for the next start, where only this user writes. */
async function keepCompiled(): Promise<void> {
  const { enableCompileCache, flushCompileCache } = await import('node:module');
  const os = await import('node:os');
  const { NODE_COMPILE_CACHE: given, XDG_CACHE_HOME: caches } = process.env;
  enableCompileCache(given || `${caches || `${os.homedir()}/.cache`}/capwright/compiled`);
  // A host may kill its server instead of ending it, and what is not flushed by then is lost.
  setTimeout(flushCompileCache, 3000).unref();
}
