import { z } from 'zod';

/** What stood between hostile bytes and the host while a capture was read. */
export const Isolation = z.strictObject({
  engine: z
    .enum(['docker', 'podman', 'bubblewrap', 'none'])
    .describe('none: no program took the capture apart; only what needs no dissector was read.'),
  description: z.string(),
  lacks: z.array(z.string()).describe('What a stronger isolation would add, a sentence each.'),
});
export type Isolation = z.infer<typeof Isolation>;

/** For where there is no sandbox: nothing hostile runs. */
export const NO_ISOLATION: Isolation = {
  engine: 'none',
  description: 'no sandbox',
  lacks: ['Nothing that takes packets apart in C may run.'],
};
