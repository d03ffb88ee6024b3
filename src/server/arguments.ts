import type { z } from 'zod';
import { CapwrightError } from '../domain/errors.ts';
import { quoted } from '../domain/quoted.ts';
import type { AnyTool } from '../../tools/tool.ts';
import { oneLine } from './one-line.ts';
import { toPublishedJson, type JsonSchema } from './published-schema.ts';

/** More than this many complaints at once help nobody. */
const MAX_COMPLAINTS = 8;
const MAX_NAME = 80;
/** A longer text is told by its length alone: keys and tokens are longer, and may be in the wrong place. */
const MAX_VALUE = 32;

/** The arguments as the tool wants them, or INVALID_ARGUMENT naming each wrong field, its value and what is allowed. */
export function parseArguments(tool: AnyTool, args: unknown): unknown {
  const parsed = tool.input.safeParse(args);
  if (parsed.success) return parsed.data;

  const json = toPublishedJson(tool.input, 'input');
  const complaints = parsed.error.issues.slice(0, MAX_COMPLAINTS).map((issue) => complain(issue, args, json));
  throw new CapwrightError(
    'INVALID_ARGUMENT',
    `${tool.name} was called with arguments it does not take. ${complaints.join('; ')}.`,
    `Call ${tool.name} again with these arguments put right; nothing was done.`,
  );
}

function complain(issue: z.core.$ZodIssue, args: unknown, json: JsonSchema): string {
  const where = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') {
    return where === '' ? issue.message : `${where}: ${issue.message}${wasAt(args, issue.path)}`;
  }

  const inPlace = where === '' ? '' : `in ${where} `;
  const unknown = issue.keys
    .slice(0, MAX_COMPLAINTS)
    .map((key) => JSON.stringify(oneLine(where === '' ? key : `${where}.${key}`, MAX_NAME)));
  return `unknown argument ${unknown.join(', ')}; allowed ${inPlace}are ${allowedNames(json, issue.path).join(', ')}`;
}

/** What the caller sent there, in short; nothing where the complaint says it already. */
function wasAt(args: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce(member, args);
  if (Array.isArray(value)) return ` (was a list of ${value.length})`;
  if (typeof value === 'number' || typeof value === 'boolean') return ` (was ${value})`;
  if (typeof value !== 'string') return '';
  if (value.length > MAX_VALUE) return ` (was a text of ${value.length} characters)`;
  return ` (was ${quoted(value)})`;
}

/** Names of the properties at `path`, found in the same schema that the client was shown. */
function allowedNames(json: JsonSchema, path: readonly PropertyKey[]): string[] {
  let node: unknown = json;
  for (const step of path) {
    node = typeof step === 'number' ? member(node, 'items') : member(member(node, 'properties'), step);
  }
  const properties = member(node, 'properties');
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function member(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}
