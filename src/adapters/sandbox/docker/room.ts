import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { CapwrightError } from '../../../domain/errors.ts';
import type { DockerSandboxDeps } from './docker-sandbox.ts';
import { type EngineFacts, readEngineFacts } from './engine-facts.ts';
import { type ImageState, imageReference, imageState } from './image.ts';
import { createSelfCheck, type SelfCheck } from './self-check.ts';
import { explain, sourcesMissing } from './trouble.ts';

/** What every call to the engine needs, read when it is first needed. */
export interface Room {
  deps: DockerSandboxDeps;
  setup: string;
  engine: () => Promise<Docker>;
  facts: () => Promise<EngineFacts>;
  image: () => Promise<string>;
  imageState: () => Promise<ImageState>;
  seccomp: () => Promise<string>;
  explain: (error: unknown) => Promise<CapwrightError>;
  selfCheck: SelfCheck;
  /** File systems (device numbers) whose files the engine is known to see as we do. */
  seen: Set<number>;
}

/** Asks nothing of the engine yet. */
export function createRoom(deps: DockerSandboxDeps): Room {
  const { clock, sandboxDir } = deps;
  const setup = deps.setupCommand ?? 'npm run setup';
  const engine = once(async () => deps.docker ?? new (await import('dockerode')).default());
  const image = once(async () => deps.image ?? (await imageReference(sandboxDir).catch(sourcesMissing)));
  const readImageState = async (): Promise<ImageState> =>
    imageState(await engine(), await image(), { clock });
  return {
    deps,
    setup,
    engine,
    facts: once(async () => readEngineFacts(await engine(), { clock })),
    image,
    imageState: readImageState,
    seccomp: once(async () => {
      const profile = await readFile(join(sandboxDir, 'seccomp.json'), 'utf8').catch(sourcesMissing);
      return JSON.stringify(JSON.parse(profile));
    }),
    explain: (error) => explain(error, readImageState, setup),
    selfCheck: createSelfCheck(clock, setup),
    seen: new Set(),
  };
}

/** Remembers what `work` gave, but not that it failed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null;
  return () => {
    known ??= work().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}
