import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One thing taken out of the sources that keeps captures safe. */
export interface Mutation {
  name: string;
  file: string;
  /** Stands in the file exactly once. */
  from: string;
  to: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    // Each process names captures in its own way: all is well as long as nobody dies.
    name: 'a random capture name',
    file: 'src/capture/effects.ts',
    from: 'return await effect(watching, action, task, call);',
    to: `const captureName = \`\${task.plan.captureName}-\${process.pid}\`;
      return await effect(watching, action, { ...task, plan: { ...task.plan, captureName } }, call);`,
  },
  {
    name: 'no retry of the cleanup',
    file: 'src/capture/effects.ts',
    from: "if (passing || task.state === 'cleaning') {",
    to: `if (task.state === 'cleaning') {
    return { type: 'deletion_seen', askedAt: now };
  }
  if (passing) {`,
  },
];

const COPIED = ['src', 'tools', 'prompts', 'sandbox', 'package.json'];

/** A copy of the sources with the mutation in it; throws where the sources have changed so that it does not fit. */
export function mutate(
  root: string,
  { name, file, from, to }: Mutation,
): { root: string; remove: () => void } {
  const copy = mkdtempSync(join(tmpdir(), 'capwright-mutant-'));
  COPIED.forEach((part) => {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const parts = readFileSync(join(copy, file), 'utf8').split(from);
  if (parts.length !== 2) {
    throw new Error(`the mutation "${name}" does not fit into ${file} any more`);
  }
  writeFileSync(join(copy, file), parts.join(to));
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
