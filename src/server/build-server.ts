import { McpServer, type McpServerFactory, type ToolAnnotations } from '@modelcontextprotocol/server';
import type { Clock, Log } from '../ports.ts';
import type { AnyTool, Effect } from '../../tools/tool.ts';
import type { Results } from '../domain/results.ts';
import { callTool } from './call-tool.ts';
import type { Drain } from './drain.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { registerResources } from './resources.ts';
import { publishOnly, toPublishedJson } from './published-schema.ts';

/** What serving needs from outside; the same for stdio and HTTP. */
export interface ServerDeps {
  tools: readonly AnyTool[];
  /** What can be read of tasks, as MCP resources. */
  results: Results;
  /** Of this package, as clients see it. */
  version: string;
  log: Log;
  clock: Clock;
  /** How long a person may take to approve, in milliseconds, where a call waits for it; left out, four minutes. */
  answerMs?: number | undefined;
  /** Whether analyses may ask the host's own model; left out, they don't. */
  sampling?: boolean | undefined;
  /** A short unguessable id by which an operator finds an unexpected error in the log. */
  newErrorId: () => string;
}

/** How long running calls may take to answer once the server stops, in milliseconds. */
export const CALL_GRACE_MS = 5000;

/** Clients of the modern era may keep the lists this long: they change only with the version of this package. */
const LIST_TTL_MS = 300_000;

const EFFECTS: Record<Effect, Pick<ToolAnnotations, 'readOnlyHint' | 'destructiveHint'>> = {
  reads: { readOnlyHint: true, destructiveHint: false },
  adds: { readOnlyHint: false, destructiveHint: false },
  destroys: { readOnlyHint: false, destructiveHint: true },
};

/**
 * The factory behind every transport and both protocol eras. It is called once per HTTP request and once or twice per
 * stdio connection, so all that is costly is done here, once, and nothing of a caller is kept.
 */
export function createServerFactory(deps: ServerDeps, drain: Drain): McpServerFactory {
  const published = deps.tools.map((tool) => ({
    tool,
    config: {
      title: tool.title,
      description: tool.description,
      inputSchema: publishOnly(() => toPublishedJson(tool.input, 'input')),
      outputSchema: publishOnly(() => toPublishedJson(tool.output, 'output')),
      annotations: {
        title: tool.title,
        ...EFFECTS[tool.effect],
        idempotentHint: tool.idempotent,
        openWorldHint: tool.openWorld,
      },
    },
  }));

  return ({ era }) => {
    const server = new McpServer(
      { name: 'capwright', title: 'Capwright', version: deps.version },
      {
        instructions: INSTRUCTIONS,
        capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
        cacheHints: {
          'tools/list': { ttlMs: LIST_TTL_MS, cacheScope: 'public' },
          'resources/templates/list': { ttlMs: LIST_TTL_MS, cacheScope: 'public' },
          'server/discover': { ttlMs: LIST_TTL_MS, cacheScope: 'public' },
        },
      },
    );
    for (const { tool, config } of published) {
      server.registerTool(tool.name, config, (args, { mcpReq: request }) => {
        const client = { era, request, declared: server.server.getClientCapabilities() };
        return drain.track(callTool(tool, args, client, { ...deps, stopping: drain.stopping }));
      });
    }
    registerResources(server, deps, drain);
    return server;
  };
}
