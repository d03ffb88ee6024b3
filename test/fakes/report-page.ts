import type { ReportPage } from '../../src/ports.ts';

/** Stands for a page that takes no time to draw. */
export const fakePage: ReportPage = { render: () => Promise.resolve('<!doctype html>\n') };
