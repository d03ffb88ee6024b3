import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Every prompt: its file in prompts/ and the placeholders that it must hold, no more and no fewer. */
const PLACEHOLDERS = {
  PLANNER_SYSTEM: [],
  PLANNER_USER: ['nonce', 'tools', 'limits', 'context', 'facts'],
  PLANNER_REPAIR_USER: [
    'attempt',
    'attempts',
    'problem',
    'details',
    'nonce',
    'exit_code',
    'stderr',
    'stdout',
    'previous_script',
    'tools',
    'limits',
    'context',
    'facts',
  ],
  REPORTER_SYSTEM: [],
  REPORTER_USER: ['nonce', 'outcome', 'context', 'facts', 'commands', 'script_output'],
  REPORTER_CORRECT_USER: [
    'nonce',
    'problems',
    'previous_reply',
    'context',
    'facts',
    'commands',
    'script_output',
  ],
} as const;

type PromptName = keyof typeof PLACEHOLDERS;
type SystemName = Extract<PromptName, `${string}_SYSTEM`>;
type UserName = Exclude<PromptName, SystemName>;
type Values<Name extends UserName> = Record<(typeof PLACEHOLDERS)[Name][number], string>;

/** The checked prompts. System prompts are constants: no value of a turn can reach them. */
export interface Prompts {
  system(name: SystemName): string;
  user<Name extends UserName>(name: Name, values: Values<Name>): string;
  /** Which of the system prompts a text is; null where it is none. */
  nameOf(system: string): string | null;
}

// prompts/ lies two levels up from src/forensics and from dist/src/forensics alike: the build copies it to dist/.
const PROMPTS = fileURLToPath(new URL('../../prompts/', import.meta.url));

/** Reads and checks all prompts. Throws where a file is missing or its placeholders are not the agreed ones. */
export function loadPrompts(directory: string = PROMPTS): Prompts {
  const read = (name: PromptName) => checked(name, readPrompt(directory, name));
  const texts: Record<PromptName, string> = {
    PLANNER_SYSTEM: read('PLANNER_SYSTEM'),
    PLANNER_USER: read('PLANNER_USER'),
    PLANNER_REPAIR_USER: read('PLANNER_REPAIR_USER'),
    REPORTER_SYSTEM: read('REPORTER_SYSTEM'),
    REPORTER_USER: read('REPORTER_USER'),
    REPORTER_CORRECT_USER: read('REPORTER_CORRECT_USER'),
  };
  return {
    system: (name) => texts[name],
    user: (name, values) => fill(name, texts[name], new Map<string, string>(Object.entries(values))),
    nameOf: (system) => Object.entries(texts).find(([, text]) => text === system)?.[0] ?? null,
  };
}

function readPrompt(directory: string, name: PromptName): string {
  try {
    return readFileSync(`${directory.replace(/\/$/, '')}/${name}.md`, 'utf8').trim();
  } catch (cause) {
    throw new Error(`The prompt prompts/${name}.md can't be read.`, { cause });
  }
}

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

function checked(name: PromptName, text: string): string {
  if (text === '') throw new Error(`prompts/${name}.md is empty.`);
  const expected: readonly string[] = PLACEHOLDERS[name];
  const found = [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
  const unknown = found.filter((key) => !expected.includes(key));
  const missing = expected.filter((key) => !found.includes(key));
  if (unknown.length > 0)
    throw new Error(`prompts/${name}.md has unknown placeholders: ${unknown.join(', ')}.`);
  if (missing.length > 0)
    throw new Error(`prompts/${name}.md lacks the placeholders: ${missing.join(', ')}.`);
  return text;
}

/** One pass over the template, so that a value which looks like a placeholder stays what it is. */
function fill(name: string, template: string, values: ReadonlyMap<string, string>): string {
  return template.replace(placeholder, (_, key: string) => {
    const value = values.get(key);
    if (value === undefined) throw new Error(`The placeholder ${key} of ${name} was not filled.`);
    return value;
  });
}
