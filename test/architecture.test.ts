import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const MAX_LINES = 300;

/**
 * Who may import whom. A room is a path's beginning; the first that fits counts, so exceptions stand before their
 * room. `packages` lists npm packages and node modules; 'any' means the room exists to touch the outside.
 */
const RULES: { room: string; rooms: string[]; packages: string[] | 'any' }[] = [
  { room: 'src/domain/', rooms: ['src/domain/'], packages: ['zod'] },
  { room: 'src/ports', rooms: ['src/ports/', 'src/domain/'], packages: [] },
  {
    room: 'src/forensics/prompts.ts',
    rooms: ['src/forensics/', 'src/domain/', 'src/ports.ts'],
    packages: ['zod', 'node:fs', 'node:path', 'node:url'],
  },
  { room: 'src/packets/', rooms: ['src/packets/', 'src/domain/'], packages: [] },
  {
    room: 'src/forensics/',
    rooms: ['src/forensics/', 'src/packets/', 'src/domain/', 'src/ports.ts'],
    packages: ['zod'],
  },
  {
    room: 'src/capture/',
    rooms: ['src/capture/', 'src/forensics/analyze.ts', 'src/domain/', 'src/ports.ts'],
    packages: [],
  },
  { room: 'src/adapters/', rooms: ['(own adapter)', 'src/domain/', 'src/ports.ts'], packages: 'any' },
  { room: 'src/local-azure/', rooms: ['src/local-azure/'], packages: 'any' },
  {
    room: 'src/server/',
    rooms: ['src/server/', 'src/domain/', 'src/ports.ts', 'tools/tool.ts'],
    packages: 'any',
  },
  { room: 'src/config', rooms: ['src/config/'], packages: ['zod', 'node:os', 'node:path'] },
  { room: 'src/package-root.ts', rooms: [], packages: ['node:path'] },
  {
    room: 'src/app',
    rooms: [
      'src/app/',
      'src/adapters/',
      'src/capture/',
      'src/forensics/',
      'src/domain/',
      'src/ports.ts',
      'src/config',
      'src/package-root.ts',
    ],
    packages: ['node:crypto', 'node:path', 'node:stream'],
  },
  {
    room: 'src/cli/',
    rooms: [
      'src/cli/',
      'src/app.ts',
      'src/package-root.ts',
      'src/config',
      'src/domain/',
      'src/ports.ts',
      'src/server/',
      'tools/',
    ],
    packages: ['zod', 'node:'],
  },
  {
    room: 'src/main.ts',
    rooms: ['src/cli/run.ts'],
    packages: ['node:module', 'node:os', 'node:v8'],
  },
  {
    room: 'tools/',
    rooms: ['tools/', 'src/capture/use-cases.ts', 'src/domain/', 'src/ports.ts'],
    packages: ['zod'],
  },
];

interface Import {
  file: string;
  /** Path from the root for our own files, the package's or module's name else. */
  target: string;
  own: boolean;
}

const files = globSync(['src/**/*.ts', 'tools/**/*.ts'], { cwd: ROOT }).toSorted();

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = text.matchAll(
    /^\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm,
  );
  return [...specifiers].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const own = specifier.startsWith('.');
    return { file, own, target: own ? relative(ROOT, join(ROOT, dirname(file), specifier)) : specifier };
  });
}

function violation({ file, target, own }: Import): string | null {
  const rule = RULES.find(({ room }) => file.startsWith(room));
  if (rule === undefined) {
    return `${file} stands in no room: add its room to RULES in test/architecture.test.ts`;
  }
  const allowed = own
    ? rule.rooms.some((room) => target.startsWith(room === '(own adapter)' ? ownAdapter(file) : room))
    : rule.packages === 'any' ||
      rule.packages.some(
        (name) =>
          target === name || target.startsWith(`${name}/`) || (name === 'node:' && target.startsWith(name)),
      );
  return allowed
    ? null
    : `${file} imports ${target}; ${rule.room} may import ${own ? rule.rooms.join(', ') || 'nothing of ours' : String(rule.packages)}`;
}

function ownAdapter(file: string): string {
  return `${file.split('/').slice(0, 3).join('/')}/`;
}

describe('the rooms', () => {
  const imports = files.flatMap(importsOf);

  it('are all there', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
  });

  it('import only in the one direction', () => {
    expect(imports.map(violation).filter((line) => line !== null)).toEqual([]);
  });

  it('would notice a wrong import', () => {
    const wrong = [
      { file: 'src/domain/task.ts', target: 'node:fs', own: false },
      { file: 'src/domain/task.ts', target: 'src/ports.ts', own: true },
      { file: 'src/capture/driver.ts', target: 'src/adapters/process/system-clock.ts', own: true },
      { file: 'src/adapters/azure-cloud/vm.ts', target: 'src/adapters/process/system-clock.ts', own: true },
      { file: 'src/local-azure/main.ts', target: 'src/domain/errors.ts', own: true },
      { file: 'src/new-room/x.ts', target: 'zod', own: false },
    ];

    expect(wrong.map(violation).filter((line) => line === null)).toEqual([]);
  });

  it('name node modules with their prefix', () => {
    const bare = imports.filter(
      ({ target, own }) => !own && !target.startsWith('node:') && builtinModules.includes(target),
    );

    expect(bare).toEqual([]);
  });

  it('leave adapters to src/app.ts and its parts', () => {
    const namers = imports.filter(
      ({ file, target, own }) =>
        own && target.startsWith('src/adapters/') && !file.startsWith('src/adapters/'),
    );

    expect([...new Set(namers.map(({ file }) => file))]).toEqual([
      'src/app.ts',
      'src/app/create-cloud.ts',
      'src/app/create-model.ts',
      'src/app/create-replay.ts',
    ]);
  });

  it('hold no file that can not be read in one sitting', () => {
    const long = [...files, ...globSync('test/**/*.ts', { cwd: ROOT })].filter(
      (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > MAX_LINES + 1,
    );

    expect(long).toEqual([]);
  });

  it('hold no text in which two versions stand beside each other', () => {
    const texts = globSync(['*.md', 'docs/*.md', 'prompts/*.md'], { cwd: ROOT });
    const half = texts.filter((file) => /^(?:<{7} |>{7} )/m.test(readFileSync(join(ROOT, file), 'utf8')));

    expect(texts.length).toBeGreaterThan(10);
    expect(half).toEqual([]);
  });

  it('hold no catch-all file', () => {
    const bags = files.filter((file) => /(^|\/)(utils?|helpers?|common|shared|misc)(\.ts|\/)/.test(file));

    expect(bags).toEqual([]);
  });
});
