import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock, Log } from '../../../ports.ts';
import type { Tools } from '../tools.ts';
import { type Host, missingPrograms, readHost } from './host.ts';
import { probe } from './probe.ts';
import { compileSeccomp } from './seccomp-filter.ts';
import { namespaceTrouble, type Trouble } from './trouble.ts';

/** Everything that a session needs, once the probe has shown that the sandbox holds here. */
export interface Ready {
  host: Host;
  /** Version of bubblewrap. */
  version: string;
  seccomp: Uint8Array;
  tools: Tools;
}

export type Readiness = { ready: true; room: Ready } | { ready: false; trouble: Trouble };

export interface ReadinessDeps {
  sandboxDir: string;
  instanceId: string;
  clock: Clock;
  log: Log;
  setupCommand: string;
  path: string;
}

/** Finds out by trying whether hostile bytes may be let into a sandbox of this kind on this machine. */
export async function findReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const host = await readHost(deps.path);
  if (host === null) return not('bubblewrap needs Linux on x64 or arm64.', deps.setupCommand);

  const { programs, packages } = await missingPrograms(host);
  if (programs.length > 0) {
    const install = `${host.root ? '' : 'sudo '}apt-get install -y ${packages.join(' ')}`;
    return not(`bubblewrap’s sandbox lacks ${programs.join(', ')} on this machine.`, install);
  }

  const profile = join(deps.sandboxDir, 'seccomp.json');
  let seccomp: Uint8Array;
  try {
    seccomp = compileSeccomp(JSON.parse(await readFile(profile, 'utf8')), host.platform);
  } catch {
    return not('The sandbox’s seccomp profile is missing or cannot be used.', deps.setupCommand);
  }

  const { clock, instanceId } = deps;
  const probed = await probe({ clock, host, seccomp, instanceId }, profile, clock);
  if (probed.held)
    return { ready: true, room: { host, seccomp, tools: probed.tools, version: await version(host) } };
  deps.log('debug', 'the sandbox probe did not succeed', { said: probed.trouble, broken: probed.broken });
  if (probed.broken.length === 0) return { ready: false, trouble: await namespaceTrouble(deps.setupCommand) };
  return not(
    `bubblewrap runs, but its sandbox lacks ${probed.broken.join(', ')} here, so nothing hostile may run in it.`,
    deps.setupCommand,
  );
}

const not = (detail: string, fix: string): Readiness => ({ ready: false, trouble: { detail, fix } });

/** `bubblewrap 0.8.0` says bwrap; it reads nothing and is given nothing. */
async function version(host: Host): Promise<string> {
  const { stdout } = await promisify(execFile)('bwrap', ['--version'], { env: { PATH: host.path } });
  return /\d[\w.+~-]*/.exec(stdout)?.[0] ?? '';
}
