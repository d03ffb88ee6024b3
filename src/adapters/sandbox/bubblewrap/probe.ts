import { readlink } from 'node:fs/promises';
import type { Clock, SandboxLimits } from '../../../ports.ts';
import { runCommand } from '../run-command.ts';
import { parseTools, TOOL_NAMES, type Tools } from '../tools.ts';
import { createLife, type LifeDeps } from './life.ts';

const MIB = 1024 ** 2;
const LIMITS: SandboxLimits = { memoryBytes: 512 * MIB, cpus: 1, pids: 24, workspaceBytes: 8 * MIB };
const PROBE_MS = 30_000;

/** What a probe found: the tools inside, or the defences that do not hold here. */
export type Probed =
  | { held: true; tools: Tools }
  /** `trouble` is what bubblewrap or the holder said, for diagnosis only. */
  | { held: false; trouble: string; broken: string[] };

/**
 * Runs a harmless script in a real sandbox and has it try what hostile ones would. Only a sandbox in which every
 * attempt failed, and what must work worked, is fit for use. `readable` is any file that everybody may read.
 */
export async function probe(
  deps: Omit<LifeDeps, 'capture' | 'limits'>,
  readable: string,
  clock: Clock,
): Promise<Probed> {
  const life = createLife({ ...deps, capture: readable, limits: LIMITS });
  const { signal } = new AbortController();
  try {
    const place = await life.place(0, signal);
    const { result } = await runCommand(
      { clock },
      place,
      {
        argv: ['bash', '-c', ATTEMPTS, 'probe', ...TOOL_NAMES],
        timeoutMs: PROBE_MS,
        maxOutputBytes: 64 * 1024,
      },
      signal,
    );
    if (result.outcome !== 'exit') return { held: false, trouble: result.stderr, broken: [] };
    return judge(result.stdout, await ownNamespaces());
  } catch (error) {
    return { held: false, trouble: error instanceof Error ? error.message : '', broken: [] };
  } finally {
    await life.discard();
  }
}

const NAMESPACES = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts'] as const;
const FORBIDDEN_FOLDERS = '/ /usr /usr/bin /etc /dev /dev/shm /proc/sys/kernel /tmp /run /sys';

/** Says a line for each thing that it could do, or found. Forks last: they use up the allowed processes. */
const ATTEMPTS = `
while read -r key value; do
  case $key in CapInh:|CapPrm:|CapEff:|CapBnd:|CapAmb:|NoNewPrivs:|Seccomp:) echo "status $key$value" ;; esac
done < /proc/self/status
echo "user $UID"
for name in ${NAMESPACES.join(' ')}; do echo "namespace $(readlink "/proc/self/ns/$name")"; done
for folder in . ${FORBIDDEN_FOLDERS}; do { : > "$folder/written"; } 2>/dev/null && echo "wrote $folder"; done
{ : >> pocket.pcap; } 2>/dev/null && echo 'wrote capture'
cp "$BASH" own && chmod +x own && echo 'copied' && ./own -c 'echo executed' 2>/dev/null
(exec 5<>/dev/udp/127.0.0.1/9) 2>/dev/null && echo 'socket'
for tool in "$@"; do
  command -v "$tool" >/dev/null && echo "tool $("$tool" --version </dev/null 2>/dev/null | head -n 1)"
done
awk 'BEGIN { for (n = 1; n <= ${2 * LIMITS.pids}; n++) { command = "read line #" n; printf "" | command; print "fork " n; fflush() } }' 2>/dev/null
echo done`;

/** Reads the lines of ATTEMPTS. Pure. */
export function judge(stdout: string, hostNamespaces: ReadonlySet<string>): Probed {
  const lines = stdout.split('\n');
  const after = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const said = (line: string): boolean => lines.includes(line);
  const caps = after('status').filter((status) => status.startsWith('Cap'));
  const namespaces = after('namespace');
  const forks = after('fork').length;
  const holds: Record<string, boolean> = {
    'no capabilities': caps.length === 5 && caps.every((cap) => /:0+$/.test(cap)),
    'no new privileges': said('status NoNewPrivs:1'),
    'the system call filter': said('status Seccomp:2') && !said('socket'),
    'an unprivileged user': said('user 65534'),
    'namespaces of its own':
      namespaces.length === NAMESPACES.length && !namespaces.some((name) => hostNamespaces.has(name)),
    'a read-only system': said('wrote .') && after('wrote').length === 1,
    'no programs of its own making': said('copied') && !said('executed'),
    'a limit on processes': forks > 2 && forks < LIMITS.pids && said('done'),
  };
  const broken = Object.entries(holds).flatMap(([name, held]) => (held ? [] : [name]));
  const tools = parseTools(after('tool').join('\n'));
  if (broken.length > 0) return { held: false, trouble: '', broken };
  if (tools === null) return { held: false, trouble: '', broken: ['a tshark that runs'] };
  return { held: true, tools };
}

async function ownNamespaces(): Promise<ReadonlySet<string>> {
  return new Set(await Promise.all(NAMESPACES.map((name) => readlink(`/proc/self/ns/${name}`))));
}
