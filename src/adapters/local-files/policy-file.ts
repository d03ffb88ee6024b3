import { readFileSync } from 'node:fs';
import { Policy } from '../../domain/policy.ts';

/** Reads the operator's policy, or says in one line what is wrong with the file, naming the field. */
export function readPolicyFile(path: string): { policy: Policy } | { problem: string } {
  const content = readJson(path);
  if ('problem' in content) {
    return content;
  }
  const parsed = Policy.safeParse(content.value);
  return parsed.success
    ? { policy: parsed.data }
    : { problem: parsed.error.issues.map(({ path, message }) => toLine(path, message)).join('; ') };
}

function readJson(path: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(readFileSync(path, 'utf8')) };
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is no JSON' : "can't be read";
    return { problem: `the policy file ${why}` };
  }
}

function toLine(path: readonly PropertyKey[], message: string): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}
