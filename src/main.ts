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
  await keepYoungSmall();
  await keepCompiled();
  const { run } = await import('./cli/run.ts');
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
 * Reading packets makes garbage that is dead at once. V8 answers by growing the space for it, which brings nothing here
 * but memory: with a fixed one a capture of 1 GB takes 40 % less of it, and no more time.
 */
async function keepYoungSmall(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
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
