/** `node first-violation.ts KIND MOST`: lives seeds until one breaks a promise, and prints how many that took. */
import { createPump } from './time.ts';
import { installQuickAbort } from './quick-abort.ts';
import { simulate } from './simulation.ts';

Error.stackTraceLimit = 0;
installQuickAbort();
const [kind = 'memory', most = '100'] = process.argv.slice(2);
let lived = 0;
let violations: string[] = [];
while (violations.length === 0 && lived < Number(most)) {
  lived += 1;
  const seed = `mutant-${lived}`;
  const life = { seed, kind: kind === 'sqlite' ? kind : 'memory', pump: createPump() } as const;
  violations = await simulate(life).then(
    (outcome) => outcome.violations,
    (error: unknown) => [String(error)],
  );
}
process.stdout.write(`${JSON.stringify({ lived, violations })}\n`);
process.exit();
