import { METHOD_NOT_FOUND, ProtocolError } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { CapwrightError } from '../domain/errors.ts';
import { estimateTokens } from '../domain/model-usage.ts';
import type { Model } from '../ports.ts';
import type { Client } from './person.ts';

/** How long the host may take, in milliseconds: its user may have to agree to each request first. */
const ANSWER_MS = 300_000;

/** What hosts that let their user choose the model call it. */
const NAME = "the MCP host's model";

const Capabilities = z.object({ sampling: z.looseObject({}) });
const Reply = z.object({
  model: z.string().optional(),
  stopReason: z.string().optional(),
  content: z.object({ type: z.literal('text'), text: z.string() }),
});

/**
 * The model of the host itself, asked while one of its calls is running; null where the client does not declare sampling, and
 * since protocol 2026-07-28, in which a server asks its client nothing while a call is running.
 */
export function modelBehind({ era, request, declared }: Client): Model | null {
  if (era === 'modern' || !Capabilities.safeParse(declared).success) return null;
  return {
    name: NAME,
    async complete({ system, user, maxTokens, signal, onWasted }) {
      const params = {
        systemPrompt: system,
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text: user } }],
        maxTokens,
        includeContext: 'none' as const,
      };
      const sent = { method: 'sampling/createMessage', params } as const;
      const answer: unknown = await request
        .send(sent, { timeout: ANSWER_MS, signal })
        .catch((error: unknown) => {
          throw toCapwrightError(error, signal);
        });
      const read = Reply.safeParse(answer);
      if (!read.success) throw unusable('answered in a form that is not text');
      const { content, stopReason } = read.data;
      const usage = {
        inputTokens: estimateTokens(system) + estimateTokens(user),
        cachedTokens: 0,
        outputTokens: estimateTokens(content.text),
        estimated: true,
      };
      if (stopReason === 'maxTokens') {
        onWasted?.(usage);
        throw unusable(`cut its reply off at ${maxTokens} tokens`);
      }
      return { text: content.text, usage };
    },
  };
}

/** What a client says of its error is its own text, and stays out. */
function toCapwrightError(error: unknown, signal: AbortSignal): CapwrightError {
  if (signal.aborted) {
    return new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again to start anew.');
  }
  if (!(error instanceof ProtocolError)) return unusable('could not be asked, or did not answer in time');
  return new CapwrightError(
    'MODEL_REFUSED',
    error.code === METHOD_NOT_FOUND
      ? 'The MCP host has no model to offer.'
      : 'The MCP host, or its user, declined to let its model answer.',
    'Allow sampling in the host, or configure a model with CAPWRIGHT_MODEL_PROVIDER.',
  );
}

const unusable = (what: string): CapwrightError =>
  new CapwrightError(
    'MODEL_UNAVAILABLE',
    `The MCP host's model ${what}.`,
    'Run the analysis again, or configure a model with CAPWRIGHT_MODEL_PROVIDER.',
  );
