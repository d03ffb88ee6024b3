import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** The JSON Schema that clients see for `schema`: draft 2020-12, as short as it can be said. */
export function toPublishedJson(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Zod states the safe-integer range on every integer: noise that every tools/list would pay for.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return json;
}

/**
 * Shows a JSON Schema to clients and lets every value pass: the call itself parses, so that a refused argument is
 * told in our words, in the one place where errors become text.
 */
export function publishOnly(json: JsonSchema): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'capwright',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}
