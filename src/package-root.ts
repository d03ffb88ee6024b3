import { join } from 'node:path';

const here = import.meta.dirname;

/** Where package.json stands: one folder up from src/, two from dist/src/. */
export const PACKAGE_ROOT = join(here, here.endsWith(join('dist', 'src')) ? '../..' : '..');
