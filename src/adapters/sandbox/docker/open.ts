import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import type { Isolation, Sandbox, SandboxLimits, SandboxSession } from '../../../ports.ts';
import { fileFailure } from '../file-failure.ts';
import { limitsFor, withMemory } from '../limits.ts';
import { openSession } from '../session.ts';
import { type StagedCapture, stageCapture } from '../stage.ts';
import { captureDigest } from './capture-digest.ts';
import { httpStatus } from './engine.ts';
import { type EngineFacts, isRemote } from './engine-facts.ts';
import { createLife, type DockerLife } from './life.ts';
import { containerOptions } from './profile.ts';
import type { Room } from './room.ts';
import { chooseRuntime, lacksOf, type Runtime, runtimeLimits } from './runtime.ts';
import type { Inside } from './self-check.ts';
import { captureUnseen, unenforced } from './trouble.ts';
import { createCaptureVolume } from './volume.ts';

/** Opens a session on Docker: the capture inside, the defences looked at from inside. */
export async function openDocker(
  room: Room,
  docker: Docker,
  options: Parameters<Sandbox['open']>[0],
): Promise<SandboxSession> {
  const { deps } = room;
  const [facts, image, seccomp] = await Promise.all([room.facts(), room.image(), room.seccomp()]);
  if (facts.missing.length > 0) throw unenforced(facts);
  const runtime = chooseRuntime(deps.runtime, facts);
  const transfer = deps.transfer ?? 'auto';
  const copied = transfer === 'volume' || (transfer === 'auto' && isRemote(docker));
  // A copy in a volume has a mode of its own: there is no need for another on our disk.
  const capture = await stageCapture(options.capturePath, { ...deps, readers: copied ? 'owner' : 'others' });
  const wanted = limitsFor(capture.bytes, facts, options.limits);
  const limits = runtimeLimits(runtime, wanted, facts.memoryBytes);
  const opening: Opening = { room, docker, image, seccomp, runtime, capture, limits, signal: options.signal };
  try {
    const begun = copied ? await beginCopied(opening) : await beginBound(opening, transfer === 'auto');
    return await openSession(
      {
        clock: deps.clock,
        life: begun.life,
        workspaceBytes: limits.workspaceBytes,
        isolation: withMemory(isolationOf(facts, limits, runtime), capture.bytes, limits),
        readTools: async () => begun.inside.tools,
        explain: room.explain,
        release: async () => {
          await begun.release();
          await capture.release();
        },
      },
      options.signal,
    );
  } catch (error) {
    await capture.release();
    throw error;
  }
}

/** What holds a script on this engine. */
export function isolationOf(facts: EngineFacts, limits: SandboxLimits, runtime: Runtime): Isolation {
  const memory = `${Math.round(limits.memoryBytes / 1024 ** 2)} MiB`;
  const own = runtime.gvisor ? "gVisor's own kernel" : 'own seccomp profile';
  const description =
    `Docker ${facts.version} container: no network, no capabilities, read-only root, uid 65534, ${own}, ` +
    `${memory} memory, ${limits.pids} processes, ${limits.cpus} CPU`;
  return { engine: 'docker', description, lacks: lacksOf(runtime) };
}

interface Opening {
  room: Room;
  docker: Docker;
  image: string;
  seccomp: string;
  runtime: Runtime;
  capture: StagedCapture;
  limits: SandboxLimits;
  signal: AbortSignal;
}

/** A session's first container, looked into. */
interface Begun {
  life: DockerLife;
  inside: Inside;
  release: () => Promise<void>;
}

/** With the file mounted as it is; where the engine turns out not to see it, with a copy, if that is allowed. */
async function beginBound(opening: Opening, mayCopy: boolean): Promise<Begun> {
  const { room, capture, signal } = opening;
  const { dev } = await stat(capture.path).catch(fileFailure);
  const doubted = room.seen.has(dev) ? null : await captureDigest(capture.path, capture.bytes);
  try {
    const begun = await begin(opening, { capture: capture.path }, doubted);
    if (begun.inside.captureIsOurs) {
      room.seen.add(dev);
      return { ...begun, release: async () => {} };
    }
    await begun.life.discard();
    if (!mayCopy) throw captureUnseen();
  } catch (error) {
    if (!mayCopy || signal.aborted || !isRefusal(error)) throw error;
  }
  room.deps.log('info', 'the Docker engine does not see the capture file; it gets a copy in a volume');
  return beginCopied(opening);
}

/** With a copy in a volume of the engine, which is looked at in any case: it may have been cut on its way. */
async function beginCopied(opening: Opening): Promise<Begun> {
  const { room, docker, image, capture, signal } = opening;
  const digest = await captureDigest(capture.path, capture.bytes).catch(fileFailure);
  const { instanceId } = room.deps;
  const volume = await createCaptureVolume({ ...room.deps, docker }, { image, instanceId, capture, signal });
  try {
    const begun = await begin(opening, { capture: volume.file, volume: volume.name }, digest);
    if (begun.inside.captureIsOurs) return { ...begun, release: () => volume.remove() };
    await begun.life.discard();
    throw captureUnseen();
  } catch (error) {
    await volume.remove();
    throw error;
  }
}

async function begin(
  opening: Opening,
  mounted: { capture: string; volume?: string },
  digest: string | null,
): Promise<Pick<Begun, 'life' | 'inside'>> {
  const { room, docker, image, seccomp, runtime, limits, signal } = opening;
  const { clock, log, instanceId, ttlSeconds = 900 } = room.deps;
  const profile = { ...mounted, image, limits, seccomp, instanceId, runtime: runtime.name };
  const life = createLife({
    docker,
    clock,
    log,
    ttlSeconds,
    profile: (ttlSeconds, expiresAtSeconds) => containerOptions({ ...profile, ttlSeconds, expiresAtSeconds }),
  });
  try {
    const expected = { image, limits, gvisor: runtime.gvisor, capture: digest };
    const { handle } = await life.container(0, signal);
    return { life, inside: await room.selfCheck(handle, expected, signal) };
  } catch (error) {
    await life.discard();
    throw error;
  }
}

/** An engine refuses a file that it does not see when the container is made, or some when it starts. */
function isRefusal(error: unknown): boolean {
  const status = httpStatus(error);
  return status !== null && status !== 404;
}
