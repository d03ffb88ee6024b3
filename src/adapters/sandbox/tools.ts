import type { SandboxSession } from '../../ports.ts';

/** What is installed where commands run. */
export type Tools = Pick<SandboxSession, 'tsharkVersion' | 'tools'>;

/** The programs that scripts may count on, in the order in which they are listed. */
export const TOOL_NAMES = [
  'tshark',
  'capinfos',
  'editcap',
  'mergecap',
  'reordercap',
  'text2pcap',
  'gawk',
  'jq',
  'bash',
  'sed',
  'grep',
  'sort',
] as const;

const MAX_LINE = 120;

/** Reads the first lines of `--version`, tshark's first. Null where tshark's is not among them. */
export function parseTools(text: string): Tools | null {
  const lines = text
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/[^\x20-\x7e]/g, '')
        .slice(0, MAX_LINE)
        .replace(/[\s.]+$/, '')
        .trimStart(),
    )
    .filter((line) => line !== '');
  const tsharkVersion = lines.find((line) => /^TShark .*\d+\.\d+\.\d+/.test(line));
  return tsharkVersion === undefined ? null : { tsharkVersion, tools: lines };
}
