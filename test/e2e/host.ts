import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { z } from 'zod';

export const ROOT = resolve(import.meta.dirname, '../..');

const McpJson = z.strictObject({
  mcpServers: z.strictObject({
    capwright: z.strictObject({ command: z.string(), args: z.array(z.string()) }),
  }),
});

/** What mcp.json tells a host to start. */
export async function readMcpJson() {
  return McpJson.parse(JSON.parse(await readFile(join(ROOT, 'mcp.json'), 'utf8'))).mcpServers.capwright;
}

/**
 * A person's machine as a host sees it: an empty home, none of this process's settings, and a PATH on which Node is
 * whatever the system has.
 */
export async function createHome() {
  const home = await mkdtemp(join(tmpdir(), 'capwright-host-'));
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'));
  return {
    env: { HOME: home, PATH: path.join(delimiter), CAPWRIGHT_STATE_DIR: join(home, 'state') },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
