import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Version of this package: package.json stands two folders up from src/cli, three from dist/src/cli. */
export function version(): string {
  const here = import.meta.dirname;
  const root = here.endsWith(join('dist', 'src', 'cli')) ? '../../..' : '../..';
  const manifest: unknown = JSON.parse(readFileSync(join(here, root, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}
