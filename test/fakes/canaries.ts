import { z } from 'zod';

/** Part of every text that `canaryOf` makes. */
export const CANARY = 'canary';

const Schema = z.looseObject({
  type: z
    .union([z.string(), z.array(z.string()).transform((types) => types.find((type) => type !== 'null'))])
    .optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
});

/** A value of a schema with every list and every optional part filled, and a text in each place that takes any. */
export function canaryOf<T>(schema: z.ZodType<T>): T {
  return schema.parse(valueOf(z.toJSONSchema(schema, { io: 'output' })));
}

function valueOf(given: unknown): unknown {
  const schema = Schema.parse(given);
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf !== undefined)
    return valueOf(schema.anyOf.find((one) => Schema.parse(one).type !== 'null'));
  switch (schema.type) {
    case 'string':
      return `${CANARY}.example`;
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [valueOf(schema.items)];
    case 'object': {
      const named = Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, valueOf(inner)]);
      const isRecord = schema.properties === undefined && schema.additionalProperties !== undefined;
      return isRecord ? { [CANARY]: valueOf(schema.additionalProperties) } : Object.fromEntries(named);
    }
    default:
      throw new Error(`No sample of ${JSON.stringify(given)} is known.`);
  }
}
