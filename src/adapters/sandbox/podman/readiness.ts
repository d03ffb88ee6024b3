import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { CapwrightError } from '../../../domain/errors.ts';
import type { SandboxSession } from '../../../ports.ts';
import { type EngineFacts, readEngineFacts } from '../docker/engine-facts.ts';
import { bounded, httpStatus } from '../docker/engine.ts';
import { imageReference } from '../docker/image.ts';
import type { OpenOptions, PodmanSandboxDeps } from './podman-sandbox.ts';
import { probe, PROBE_LIMITS } from './probe.ts';
import { bootId, createProbeRecord } from './probe-record.ts';
import { type PodmanPlaces, podmanSocket } from './socket.ts';
import { doesNotHold, explain, NO_SOCKET, noImage, noProbe, type Trouble } from './trouble.ts';

/** A Podman that holds what runs on it. */
export interface Ready {
  docker: Docker;
  facts: EngineFacts;
  image: string;
}

export type Found = Ready | { trouble: Trouble };

type OpenOn = (ready: Ready, options: OpenOptions) => Promise<SandboxSession>;

/**
 * Says whether Podman can be used now. It is looked for anew each time; the probe runs once for each engine version,
 * image, seccomp profile and boot, and never throws.
 */
export function createReadiness(deps: PodmanSandboxDeps, openOn: OpenOn): () => Promise<Found> {
  const record = createProbeRecord(deps.probeFile);
  const probed = new Map<string, Promise<readonly string[]>>();

  const missingOf = (ready: Ready, key: readonly string[]): Promise<readonly string[]> => {
    const name = key.join('\n');
    const known = probed.get(name) ?? probeOnce(ready, key);
    probed.set(name, known);
    known.catch(() => probed.delete(name));
    return known;
  };
  const probeOnce = async (ready: Ready, key: readonly string[]): Promise<readonly string[]> => {
    if (await record.hasPassed(key)) return [];
    const missing = await attack(deps, ready, openOn);
    if (missing.length === 0) await record.pass(key);
    return missing;
  };

  return async () => {
    const service = await connect(deps.places);
    if (service === null) return { trouble: NO_SOCKET };
    const { docker, socketPath } = service;
    try {
      const facts = await readEngineFacts(docker, deps);
      const { version } = facts;
      if (facts.missing.length > 0) return { trouble: doesNotHold(version, facts.missing) };
      const image = await imageReference(deps.sandboxDir);
      if (!(await hasImage(docker, image, deps))) {
        return { trouble: noImage(image, deps.sandboxDir) };
      }
      const ready = { docker, facts, image };
      const seccomp = await readFile(join(deps.sandboxDir, 'seccomp.json'), 'utf8');
      const key = [socketPath, version, image, seccomp, (await bootId()) ?? deps.instanceId];
      const missing = await missingOf(ready, key).catch(() => null);
      if (missing === null) return { trouble: noProbe(version) };
      return missing.length > 0 ? { trouble: doesNotHold(version, missing) } : ready;
    } catch (error) {
      return { trouble: troubleOf(error) };
    }
  };
}

/** The client of Podman's service; null where there is no socket. Nothing is asked of it yet. */
export async function connect(places: PodmanPlaces): Promise<{ docker: Docker; socketPath: string } | null> {
  const socketPath = await podmanSocket(places);
  if (socketPath === null) return null;
  return { docker: new (await import('dockerode')).default({ socketPath }), socketPath };
}

async function attack(deps: PodmanSandboxDeps, ready: Ready, openOn: OpenOn): Promise<string[]> {
  const { signal } = new AbortController();
  // Any file does: nothing in it is read as a capture.
  const capturePath = join(deps.sandboxDir, 'seccomp.json');
  const session = await openOn(ready, { capturePath, limits: PROBE_LIMITS, signal });
  try {
    return await probe(session, signal);
  } finally {
    await session.stop();
  }
}

async function hasImage(docker: Docker, image: string, { clock }: PodmanSandboxDeps): Promise<boolean> {
  try {
    await bounded(docker.getImage(image).inspect(), { clock });
    return true;
  } catch (error) {
    if (httpStatus(error) === 404) return false;
    throw error;
  }
}

function troubleOf(error: unknown): Trouble {
  const { message } = error instanceof CapwrightError ? error : explain(error);
  return { detail: message, fix: NO_SOCKET.fix };
}
