import type { RunResult, SandboxLimits, SandboxSession } from '../../../ports.ts';

const MIB = 1024 ** 2;

/** What the probe asks to be held to. */
export const PROBE_LIMITS: SandboxLimits = {
  memoryBytes: 128 * MIB,
  cpus: 1,
  pids: 32,
  workspaceBytes: 16 * MIB,
};

const TIMEOUT_MS = 20_000;

interface Attack {
  defence: string;
  /** Prints what it got away with. Bounded by itself: where the defence is missing, the host must not feel it. */
  script: string;
}

const ATTACKS: readonly Attack[] = [
  {
    defence: 'capabilities dropped',
    script: 'grep -E "^Cap...:" /proc/self/status | grep -v -E "\\s0+$"',
  },
  { defence: 'no new privileges', script: 'grep NoNewPrivs /proc/self/status | grep -v -E "\\s1$"' },
  { defence: 'scripts run as nobody', script: '[ "$(id -u)/$(id -g)" = 65534/65534 ] || id' },
  {
    // Of this family only our own profile says that it does not exist.
    defence: 'seccomp profile',
    script: '(exec 3<>/dev/udp/127.0.0.1/9) 2>&1 | grep -q "family not supported" || echo socket',
  },
  { defence: 'no network', script: 'tail -n +3 /proc/net/dev | grep -v "^ *lo:"' },
  {
    defence: 'read-only root',
    script:
      'for d in "" /tmp /var/tmp /var /run /etc /usr /home /root /dev /dev/shm; do (echo x > "$d/probe") 2>/dev/null && echo "$d"; done',
  },
  {
    defence: 'read-only capture',
    script:
      '(echo x > pocket.pcap) 2>/dev/null && echo written; (rm -f pocket.pcap || mv pocket.pcap y) 2>/dev/null && echo gone',
  },
  {
    defence: 'noexec workspace',
    script:
      'cp /usr/bin/true t; for by in "" /lib64/ld-*.so* /lib/ld-*.so*; do $by ./t 2>/dev/null && echo "ran $by"; done; rm t',
  },
  {
    defence: 'workspace size',
    script: `for i in {1..3}; do head -c ${PROBE_LIMITS.workspaceBytes / 2} /dev/zero > f$i; done 2>/dev/null && echo filled; rm -f f?`,
  },
  { defence: 'file size', script: `[ "$(ulimit -f)" = ${PROBE_LIMITS.workspaceBytes / 1024} ] || ulimit -f` },
  {
    defence: 'number of files',
    script: 'for i in {1..4200}; do : > n$i || break; done 2>/dev/null; [ -e n4200 ] && echo made; rm -f n*',
  },
  { defence: 'supervisor out of reach', script: '(kill -9 1 || kill -STOP 1) 2>/dev/null && echo signalled' },
];

/** Counted with what the shell has built in: at the limit there is no process to be had. */
const CROWD = `mkfifo w; exec 3<>w; (seq 80 | xargs -P 80 -I{} sleep 2 2>/dev/null) & read -t 1 -u 3
set -- /proc/[0-9]*; (($# > ${PROBE_LIMITS.pids})) && echo $#; echo over`;

/** Needs twice the limit, once; where nobody stops it, it ends by itself. */
const HOG = `head -c ${PROBE_LIMITS.memoryBytes * 2 + MIB} /dev/zero | tail -c ${PROBE_LIMITS.memoryBytes * 2} | wc -c`;

/**
 * Attacks a session that was opened with PROBE_LIMITS and names the defences that did not hold. Works in it afterwards,
 * so that a defence which holds by breaking the session counts as missing.
 */
export async function probe(session: SandboxSession, signal: AbortSignal): Promise<string[]> {
  const bash = (script: string, timeoutMs = TIMEOUT_MS): Promise<RunResult> =>
    session.run({ argv: ['bash', '-c', script], timeoutMs, maxOutputBytes: 4_096, signal });
  const missing: string[] = [];
  const quiet = await bash(ATTACKS.map(({ script }) => `(${script})\necho over`).join('\n'));
  const gotAway = quiet.stdout.split('over\n');
  const held = ATTACKS.map((_attack, place) => quiet.outcome === 'exit' && gotAway[place] === '');
  missing.push(...ATTACKS.flatMap(({ defence }, place) => (held[place] === true ? [] : [defence])));
  const crowd = await bash(CROWD);
  if (crowd.outcome !== 'exit' || crowd.stdout !== 'over\n') missing.push('number of processes');
  const hog = await bash(HOG);
  if (hog.outcome !== 'out_of_memory') missing.push('memory');
  const endless = await bash('while :; do :; done', 500);
  if (endless.outcome !== 'timeout') missing.push('time limit');
  const after = await bash('head -c 4 pocket.pcap | wc -c');
  if (after.stdout !== '4\n') missing.push('a session that goes on');
  signal.throwIfAborted();
  return missing;
}
