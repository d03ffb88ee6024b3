import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** The JSON Schema that clients see for `schema`: draft 2020-12, short, and in words that every host can map. */
export function toPublishedJson(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Zod states the safe-integer range on every integer: noise that every tools/list would pay for.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, splitTypes(value)]));
}

/**
 * Shows a JSON Schema to clients and lets every value pass: the call itself parses, so that a refused argument is
 * told in our words, in the one place where errors become text. `make` runs when the first client asks, and once.
 */
export function publishOnly(make: () => JsonSchema): StandardSchemaWithJSON {
  let made: JsonSchema | undefined;
  const json = (): JsonSchema => (made ??= make());
  return {
    '~standard': {
      version: 1,
      vendor: 'capwright',
      validate: (value) => ({ value }),
      jsonSchema: { input: json, output: json },
    },
  };
}

/**
 * A list of types as branches, since some hosts map schemas to dialects where a type is one word. Zod makes lists of
 * branches that say nothing but their type, so nothing else has to move.
 */
function splitTypes(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(splitTypes);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === 'type' && Array.isArray(value)
        ? ['anyOf', value.map((type: unknown) => ({ type }))]
        : [key, splitTypes(value)],
    ),
  );
}
