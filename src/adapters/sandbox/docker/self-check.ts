import type Docker from 'dockerode';
import { CapwrightError } from '../../../domain/errors.ts';
import { CAPTURE_PATH, type Clock, type SandboxLimits } from '../../../ports.ts';
import { createOutput } from '../output.ts';
import { parseTools, type Tools } from '../tools.ts';
import { DIGEST_BYTES } from './capture-digest.ts';
import { bounded } from './engine.ts';
import { startExec } from './exec.ts';
import { TOOLS_FILE } from './image.ts';
import { SCRIPT_USER } from './profile.ts';

export interface Expected {
  image: string;
  limits: SandboxLimits;
  /** Scripts run on gVisor's kernel, which shows none of the host's means. */
  gvisor: boolean;
  /** What `captureDigest` says of the capture; null where nobody doubts that it is the one inside. */
  capture: string | null;
}

export interface Inside {
  tools: Tools;
  /** False where another file than the expected one lies at the capture's place. */
  captureIsOurs: boolean;
}

/** Looks into a container that nothing hostile has run in yet. */
export type SelfCheck = (
  container: Docker.Container,
  expected: Expected,
  signal: AbortSignal,
) => Promise<Inside>;

/**
 * What an engine promises is one thing, what it does another: before the first script it is asked from inside, as the
 * user that scripts run as, once per image, and about the capture whenever there is a doubt. One command for all of
 * it. Throws SANDBOX_UNAVAILABLE where a defence is not in force, or where there is no tshark.
 */
export function createSelfCheck(clock: Clock, setupCommand: string): SelfCheck {
  const known = new Map<string, Tools>();
  return async (container, expected, signal) => {
    const before = known.get(expected.image);
    if (before !== undefined && expected.capture === null) return { tools: before, captureIsOurs: true };

    const [seen, toolsText] = splitAt(await ask(clock, container, signal), '\ntools\n');
    const facts = new Map(seen.split('\n').map((line) => splitAt(line, ' ')));
    const unheld = unheldDefences(facts, expected);
    if (unheld.length > 0) throw notInForce(unheld);
    const tools = parseTools(toolsText);
    if (tools === null) throw noTshark(setupCommand);
    known.set(expected.image, tools);
    return {
      tools,
      captureIsOurs: expected.capture === null || facts.get('capture') === expected.capture,
    };
  };
}

const MAX_BYTES = 8_192;

/** One fact a line: its name, a space, what was seen. The tools come last. */
const SCRIPT = `while read -r key value _; do
  case $key in Seccomp: | NoNewPrivs: | CapEff: | CapBnd:) echo "\${key%:} $value" ;; esac
done < /proc/self/status
case $( (exec 3<>/dev/udp/127.0.0.1/9) 2>&1) in *"Address family not supported"*) echo "sockets none" ;; esac
for file in memory.max memory/memory.limit_in_bytes; do
  [ -r "/sys/fs/cgroup/$file" ] && read -r value < "/sys/fs/cgroup/$file" && echo "memory $value"
done
for file in pids.max pids/pids.max; do
  [ -r "/sys/fs/cgroup/$file" ] && read -r value < "/sys/fs/cgroup/$file" && echo "pids $value"
done
sum=$( { head -c ${DIGEST_BYTES} "$1"; tail -c ${DIGEST_BYTES} "$1"; } | sha256sum)
echo "capture $(wc -c < "$1") \${sum%% *}"
echo tools
head -c ${MAX_BYTES / 2} "$2"`;

async function ask(clock: Clock, container: Docker.Container, signal: AbortSignal): Promise<string> {
  const output = createOutput(MAX_BYTES);
  const exec = await startExec({ clock, signal }, container, {
    user: SCRIPT_USER,
    argv: ['bash', '-c', SCRIPT, 'self-check', CAPTURE_PATH, TOOLS_FILE],
    onData: (stream, bytes) => (stream === 'stdout' ? output.add(bytes) : undefined),
  });
  await bounded(exec.ended, { clock, signal });
  exec.release();
  return output.text();
}

/** The defences that are promised and not there. Pure. */
export function unheldDefences(
  facts: ReadonlyMap<string, string>,
  { limits, gvisor }: Pick<Expected, 'limits' | 'gvisor'>,
): string[] {
  const none = (name: string): boolean => /^0+$/.test(facts.get(name) ?? '');
  const capabilities = none('CapEff') && none('CapBnd');
  // gVisor takes no seccomp profile from outside unless told to, and shows no control groups.
  if (gvisor) return capabilities ? [] : ['dropped capabilities'];
  const seccomp = facts.get('Seccomp') === '2' && facts.get('sockets') === 'none';
  const held = {
    'the seccomp profile': seccomp,
    'no-new-privileges': facts.get('NoNewPrivs') === '1',
    'dropped capabilities': capabilities,
    'the memory limit': within(facts.get('memory'), limits.memoryBytes),
    'the process limit': within(facts.get('pids'), limits.pids),
  };
  return Object.entries(held).flatMap(([name, there]) => (there ? [] : [name]));
}

/** A limit that cannot be read from inside is left to what the engine says of itself. */
function within(seen: string | undefined, limit: number): boolean {
  return seen === undefined || Number(seen) <= limit;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function notInForce(unheld: readonly string[]): CapwrightError {
  return new CapwrightError(
    'SANDBOX_UNAVAILABLE',
    `The container engine took the sandbox’s settings but does not enforce ${unheld.join(', ')}, so nothing was run on it.`,
    'Look at how the daemon and its default runtime are set up: `docker info`.',
  );
}

function noTshark(setupCommand: string): CapwrightError {
  return new CapwrightError(
    'SANDBOX_UNAVAILABLE',
    'The sandbox image holds no tshark.',
    `Run: ${setupCommand}`,
  );
}
