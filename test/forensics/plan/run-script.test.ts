import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScriptChecker } from '../../../src/forensics/plan/check-script.ts';
import { withHeader } from '../../../src/forensics/planner.ts';
import { PLAYBOOK } from '../../../src/forensics/playbook.ts';
import { runScript, type ScriptRun } from '../../../src/forensics/run-script.ts';
import type { SandboxSession } from '../../../src/ports.ts';
import { bubblewrapHere } from '../../adapters/sandbox/bubblewrap/support.ts';
import { type Bench, benchOf, ENGINES, scenario } from './engines.ts';

const NONCE = 'n0nce-4711';

interface Harness {
  run: (body: string, timeoutMs?: number) => Promise<ScriptRun>;
}

/** One session for all tests of a block. */
function inSession(engine: (typeof ENGINES)[number]): Harness {
  let bench: Bench;
  let session: SandboxSession;
  beforeAll(async () => {
    bench = await benchOf(engine);
    session = await bench.sandbox.open({ capturePath: bench.capture, signal: new AbortController().signal });
  });
  afterAll(async () => {
    await session.stop();
    await bench.clear();
  });
  return {
    run: (body, timeoutMs = 60_000) =>
      runScript(session, {
        script: withHeader(body),
        checker: createScriptChecker(session),
        attempt: 1,
        timeoutMs,
        nonce: NONCE,
        damaged: false,
        signal: new AbortController().signal,
      }),
  };
}

const commandsOf = ({ results }: ScriptRun) => results.map(({ command }) => command);
const inScript = ({ commands }: ScriptRun) => commands.filter(({ step }) => step === 'in script');
const engines = (await bubblewrapHere()) ? ENGINES : (['docker'] as const);

describe.each(engines)('a script in a real %s sandbox', (engine) => {
  const { run } = inSession(engine);

  it('that is right runs, and each of its tshark calls stands in the log with its line, exit code and time', async () => {
    const ran = await run(`pcap=/workspace/pocket.pcap
resets() {
  tshark -n -r "$pcap" "$@" | wc -l
}
echo "resets: $(resets -Y 'tcp.flags.reset == 1')"
tshark -n -q -r "$pcap" -z io,phs`);

    expect(ran.failure).toBeNull();
    expect(commandsOf(ran)).toEqual(['chmod +x /workspace/plan.sh', '/bin/bash /workspace/plan.sh']);
    expect(ran.results[1].stdout).toMatch(/^resets: \d+\n/);
    expect(ran.results[1].stderr).not.toContain(NONCE);
    expect(inScript(ran)).toMatchObject([
      {
        command: "plan.sh line 5: tshark -n -r /workspace/pocket.pcap -Y 'tcp.flags.reset == 1'",
        exitCode: 0,
      },
      { command: 'plan.sh line 8: tshark -n -q -r /workspace/pocket.pcap -z io,phs', exitCode: 0 },
    ]);
    for (const { durationMs } of inScript(ran)) expect(durationMs).toBeGreaterThan(0);
  });

  it('says which command failed, in which line, with what its pipeline gave', async () => {
    const ran = await run(`echo before
answer() {
  echo "== $1 =="
  tshark -n -r "$2" -Y dns | sort | uniq -c
}
answer one /workspace/pocket.pcap
answer two /workspace/absent.pcap
echo never`);

    expect(ran.failure?.details).toMatch(
      /^line 6: exit code \d+ \(the commands of its pipeline: [1-9]\d*, 0, 0\)[^]* 6 \| {3}tshark -n -r "\$2"/,
    );
    expect(ran.results[1].stdout).toContain('== one ==');
    expect(ran.results[1].stdout).not.toContain('never');
    expect(inScript(ran).at(-1)).toMatchObject({ exitCode: expect.any(Number) as unknown });
    expect(inScript(ran).at(-1)?.exitCode).not.toBe(0);
  });

  it('says what was still running when its time was over', async () => {
    const ran = await run(
      'echo first\ncapinfos /workspace/pocket.pcap >/dev/null\ntshark -n -r - -Y dns < <(sleep 60)',
      4_000,
    );

    expect(ran.failure?.problem).toBe('It ran longer than 4 s and was ended.');
    expect(ran.failure?.details).toMatch(
      /line 4: took [\d.]+ s: capinfos[^]*line 5: was still running: tshark -n -r - -Y dns/,
    );
  });

  it('behaves as it would without anybody watching', async () => {
    const ran = await run(`trap 'echo "own trap: $?"' EXIT
tshark() { echo "own tshark $*"; }
tshark -r x
unset -f tshark
n=$(tshark -n -r /workspace/pocket.pcap -Y 'frame.number <= 3' | wc -l)
echo "n=$n"
if tshark -r /workspace/none.pcap 2>/dev/null; then echo yes; else echo "no: $?"; fi
( exit 3 ) || echo "subshell: $?"
set +e
false | true
echo "pipe: \${PIPESTATUS[*]} env: \${BASH_ENV-unset}"
echo "stderr as it was" >&2
exit 0`);

    expect(ran.results[1]).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^own tshark -r x\nn=3\nno: [23]\nsubshell: 3\npipe: 1 0 env: unset\nown trap: 0\n$/,
      ),
      stderr: expect.stringMatching(/stderr as it was\n$/),
    });
  });
});

describe('a script that is tried before it counts', () => {
  const { run } = inSession('docker');

  it('and fails its checks is not run, and hears everything at once, with the names that there are', async () => {
    const ran = await run(`stats() { tshark -n -q -r /workspace/pocket.pcap "$@"; }
filter='ip.src == 10.0.0.4 && tcp.flagz == 1'
tshark -n -r /workspace/pocket.pcap -T fields -e ip.src -e tcp.analysis.retransmision 2>/dev/null || true
tshark -n -r /workspace/pocket.pcap -Y "$filter" | wc -l
tshark -n -r /workspace/pocket.pcap -Y 'quicc.long.packet_type == 1'
stats -z dns,everything
stats -z "io,stat,1,tcp.flagy"
tshark -v | xmlstarlet sel
tshark -i eth0 -Y dns -a duration:5
tshark -n -r /workspace/pocket.pcap -c 10 -Y dns
eval "$(tshark -n -r /workspace/pocket.pcap -Y dns)"`);

    expect(ran.failure?.problem).toBe('It failed a check and was not run.');
    for (const said of [
      /line 5: tshark refuses this call: Some fields aren't valid:[^]*instead of tcp\.analysis\.retransmision there is: tcp\.analysis\.retransmission,/,
      /line 6: tshark refuses this call: [^]*tcp\.flagz[^]*instead of tcp\.flagz there is: tcp\.flags/,
      /line 7: [^]*instead of quicc\.long\.packet_type there is: quic\.long\.packet_type/,
      /line 8: tshark refuses this call: [^]*dns,everything/,
      /line 9: tshark refuses this call: [^]*tcp\.flagy/,
      /line 10: xmlstarlet is not installed/,
      /line 11: tshark -i captures live/,
      /line 12: tshark -c counts the packets read/,
      /line 13: eval is not allowed/,
    ])
      expect(ran.failure?.details).toMatch(said);
    expect(commandsOf(ran)).toEqual(['chmod +x /workspace/plan.sh', 'bash /workspace/capwright-check.sh']);
    expect(ran.results[1]).toMatchObject({ isError: true, stdout: '' });
    expect(ran.commands.map(({ command }) => command)).not.toContain('/bin/bash /workspace/plan.sh');
  });

  it.each([
    ['nothing', 'true >/dev/null', 'printed nothing'],
    ['titles only', 'echo "== resets =="; echo', 'printed titles and no answer'],
    [
      'nothing but what hides the errors',
      'for f in nope.field; do tshark -n -r /workspace/pocket.pcap -T fields -e "$f" 2>/dev/null || true; done; echo done',
      'every call of tshark failed and the errors were hidden',
    ],
    [
      'an answer, and an error beside it',
      'for f in nope.field; do tshark -n -r /workspace/pocket.pcap -T fields -e "$f" || true; done\ntshark -n -r /workspace/pocket.pcap | awk "NR<3"',
      'tshark refused a command in it',
    ],
  ])('that ends with exit code 0 and prints %s does not count as a success', async (_, body, problem) => {
    const ran = await run(body);

    expect(ran.results[1].exitCode).toBe(0);
    expect(ran.failure?.problem).toContain(problem);
  });

  it('that asks where tshark lies is told a path', async () => {
    const ran = await run(
      't=$(command -v tshark)\n[ -x "$t" ] && "$t" -n -r /workspace/pocket.pcap | awk "NR<3"',
    );

    expect(ran.failure).toBeNull();
  });
});

describe('the built-in playbook', () => {
  it('answers as much as tshark can read of a capture that is cut short', async () => {
    const bench = await benchOf('docker', scenario.pcap.subarray(0, scenario.pcap.length - 7));
    const session = await bench.sandbox.open({
      capturePath: bench.capture,
      signal: new AbortController().signal,
    });

    const ran = await runScript(session, {
      script: PLAYBOOK,
      checker: null,
      attempt: 1,
      timeoutMs: 60_000,
      nonce: NONCE,
      damaged: true,
      signal: new AbortController().signal,
    });
    await session.stop();
    await bench.clear();

    expect(ran.failure).toBeNull();
    expect(ran.results[1]).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('cut short') as unknown,
    });
    expect(ran.results[1].stdout).not.toContain('could not be answered');
    expect(inScript(ran).map(({ exitCode }) => exitCode)).toEqual([2, 2]);
  });
});
