import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toPublishedJson } from '../../src/server/published-schema.ts';

describe('toPublishedJson', () => {
  it('keeps what a field means and drops what every field of its type has', () => {
    const schema = z.strictObject({
      count: z.number().int(),
      percent: z.number().int().min(0).max(100),
      name: z.string().nullable().describe('Whose.'),
      size: z.number().int().nullable(),
      type: z.enum(['a', 'b']).default('a'),
    });

    expect(toPublishedJson(schema, 'input')).toEqual({
      type: 'object',
      properties: {
        count: { type: 'integer' },
        percent: { type: 'integer', minimum: 0, maximum: 100 },
        name: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'Whose.' },
        size: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        type: { type: 'string', enum: ['a', 'b'], default: 'a' },
      },
      required: ['count', 'percent', 'name', 'size'],
      additionalProperties: false,
    });
  });
});
