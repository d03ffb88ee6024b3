import { stat } from 'node:fs/promises';

export interface PodmanPlaces {
  /** CONTAINER_HOST, as Podman itself reads it. */
  containerHost: string | null;
  /** XDG_RUNTIME_DIR. */
  runtimeDir: string | null;
}

/** The socket of Podman's service: what CONTAINER_HOST names, else this user's own, else the system's. Null: none. */
export async function podmanSocket({ containerHost, runtimeDir }: PodmanPlaces): Promise<string | null> {
  if (containerHost !== null) {
    // Captures are handed over as files of this machine, so an engine on another one could not read them.
    return /^unix:\/\/(\/.+)$/.exec(containerHost)?.[1] ?? null;
  }
  const paths = [
    ...(runtimeDir === null ? [] : [`${runtimeDir}/podman/podman.sock`]),
    '/run/podman/podman.sock',
  ];
  for (const path of paths) {
    if (await isSocket(path)) return path;
  }
  return null;
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isSocket();
  } catch {
    return false;
  }
}
