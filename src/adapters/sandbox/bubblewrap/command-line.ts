import { CAPTURE_PATH, type SandboxLimits } from '../../../ports.ts';
import { WORKSPACE } from '../workspace.ts';
import type { Host } from './host.ts';

/** Who commands are, outside and inside: on machines of every kind a user who owns nothing. */
const NOBODY = '65534';

/** Environment variable by which the processes of a sandbox can be told from any other, with the owner's id in it. */
export const MARKER = 'CAPWRIGHT_SANDBOX';

/**
 * Folder where the holder keeps what it holds, in its own view of the file system only: a folder that every Linux
 * has, that no step towards the sandbox reads, and in which nobody's capture lies.
 */
export const ROOM = '/sys';

/** A Bash that reads nobody's start-up files: with a socket for standard input it would take itself for a remote one. */
const BASH = ['bash', '--norc', '--noprofile', '-p', '-c'];

/** What this process was started with open, and Node did not open itself, reaches every child; theirs end at 4. */
const CLOSE_INHERITED =
  'close_inherited() { for fd in /proc/self/fd/*; do fd=${fd##*/}; [ "$fd" -le 4 ] || exec {fd}>&-; done; }; close_inherited';

/**
 * Runs as root of a mount namespace of its own. Arguments: capture, options of the workspace's mount. When its input
 * ends the server is dead: what that started dies by itself, but for a bubblewrap that lost its supervisor in the
 * instant of its birth, which would wait for it for ever.
 */
const HOLD = `set -eu
umask 077
${CLOSE_INHERITED}
mount -t tmpfs -o size=64k,nr_inodes=16,mode=0711,nosuid,nodev,noexec capwright ${ROOM}
mkfifo -m 0666 ${ROOM}/stdout ${ROOM}/stderr
: > ${ROOM}/capture
mount --bind -- "$1" ${ROOM}/capture
mkdir ${ROOM}/workspace
mount -t tmpfs -o "$2" capwright ${ROOM}/workspace
echo ready
while read -r line; do :; done
set +e
for round in 1 2 3 4 5; do
  for process in /proc/[0-9]*; do
    [ "$process" = "/proc/$$" ] && continue
    mapfile -d '' -t entries < "$process/environ" || continue
    for entry in "\${entries[@]}"; do
      [ "$entry" = "${MARKER}=$${MARKER}" ] && kill -KILL "\${process##*/}"
    done
  done
  sleep 0.1
done 2>/dev/null`;

/**
 * The process that a session's mounts live and die with. It reads the pipe that this process holds: when this process
 * dies, however, the pipe closes, the holder ends, and the kernel takes workspace and mounts away.
 */
export function holderCommand(host: Host, capture: string, limits: SandboxLimits): string[] {
  const owner = host.root ? NOBODY : '0';
  const namespaces = host.root ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const workspace = `size=${limits.workspaceBytes},nr_inodes=4096,mode=0700,uid=${owner},gid=${owner},nosuid,nodev,noexec`;
  return [
    ['unshare', ...namespaces, '--propagation', 'private', '--'],
    [...BASH, HOLD, 'hold', capture, workspace],
  ].flat();
}

/**
 * A command in the sandbox. Every line here is a promise that a test holds: nothing may be loosened for convenience.
 * Descriptor 3 brings the seccomp program, 4 takes bubblewrap's own report.
 */
export function sandboxedCommand(
  host: Host,
  holderPid: number,
  limits: SandboxLimits,
  argv: readonly string[],
): string[] {
  const enter = host.root ? ['--mount'] : ['--user', '--mount', '--preserve-credentials'];
  const drop = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups'];
  return [
    ['nsenter', '--target', String(holderPid), ...enter, '--'],
    // When the machine runs out of memory the kernel takes these first; when it is busy others come first.
    ['choom', '-n', '1000', '--', 'nice', '-n', '5'],
    // Before bubblewrap: limits on processes do not bind root, and what is to die with us must be told so early.
    ['setpriv', ...(host.root ? drop : []), '--no-new-privs', '--pdeathsig', 'KILL', '--'],
    [...BASH, BEGIN, 'begin', String(host.serverPid)],
    ['bwrap', ...NAMESPACES, ...ENVIRONMENT, ...fileSystem(host)],
    ['--seccomp', '3', '--json-status-fd', '4', '--'],
    ['prlimit', ...resourceLimits(limits), ...argv],
  ].flat();
}

/**
 * A server that died before setpriv had asked to be told of its end has left this to another parent. Node's pipes are
 * sockets, which no script can open as /dev/stdin, so input goes through a real one.
 */
const BEGIN = `[ "$PPID" = "$1" ] || exit 1
shift
${CLOSE_INHERITED}
exec 0< <(exec cat 2>/dev/null 3<&- 4>&-)
close_inherited
exec "$@"`;

const NAMESPACES = [
  ['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
  ['--unshare-cgroup-try', '--uid', NOBODY, '--gid', NOBODY, '--hostname', 'sandbox'],
  ['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
].flat();

// No home: a script must not be able to plant configuration that the next tshark reads.
const ENVIRONMENT = [
  ['--clearenv'],
  ['--setenv', 'HOME', '/nonexistent', '--setenv', 'TMPDIR', WORKSPACE],
  ['--setenv', 'TZ', 'UTC', '--setenv', 'LC_ALL', 'C.UTF-8'],
  ['--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin'],
].flat();

/** Of the host only its programs and libraries, and what these need to find each other. */
function fileSystem(host: Host): string[] {
  const beside = [...host.systemFolders].flatMap(([folder, target]) =>
    target === null ? ['--ro-bind', folder, folder] : ['--symlink', target, folder],
  );
  return [
    ['--ro-bind', '/usr', '/usr', ...beside],
    ['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    // The memory behind /dev has no limit of its own, so nothing may be written there.
    ['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev'],
    // Some of the kernel's settings belong to namespaces, and so to scripts.
    ['--ro-bind', '/proc/sys', '/proc/sys'],
    ['--bind', `${ROOM}/workspace`, WORKSPACE],
    // Inside the workspace, where scripts look for it: a mount point can be neither removed nor renamed from inside.
    ['--ro-bind', `${ROOM}/capture`, CAPTURE_PATH],
    ['--chdir', WORKSPACE, '--remount-ro', '/'],
  ].flat();
}

const MIB = 1024 ** 2;

/** Each holds for one process, but for the number of processes, which the kernel counts per user namespace. */
function resourceLimits(limits: SandboxLimits): string[] {
  return [
    `--nproc=${limits.pids}`,
    // A net below the watch over memory: libraries are mapped too, so it is wider than what is to be used.
    `--as=${2 * limits.memoryBytes + 256 * MIB}`,
    `--fsize=${limits.workspaceBytes}`,
    `--cpu=${MAX_CPU_SECONDS}`,
    '--nofile=256',
    '--core=0',
  ];
}

const MAX_CPU_SECONDS = 3_600;
