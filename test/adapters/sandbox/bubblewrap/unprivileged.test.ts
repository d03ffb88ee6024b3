import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canChangeUser, folderOf, startServer } from './server.ts';
import { bubblewrapHere, processesOf } from './support.ts';

const UID = 1000;
const here = (await bubblewrapHere()) && canChangeUser;
if (!canChangeUser) process.stderr.write('!! NOT TESTED: both kinds of user; the tests run as just one\n');

let home: Awaited<ReturnType<typeof folderOf>>;
beforeAll(async () => {
  home = await folderOf(UID);
});
afterAll(async () => {
  await home?.remove();
});

describe.runIf(here)('a server that is not root', () => {
  it('has the same sandbox, with captures of its own that nobody else may read', async () => {
    const instance = `unprivileged-${process.pid}`;
    const attempts = [
      'id -u; tshark -n -r pocket.pcap | wc -l; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\\t"',
      'for d in / /usr /etc /dev/shm /proc/sys/kernel .; do { : > $d/written; } 2>/dev/null && echo $d; done',
      '{ : > pocket.pcap; } 2>/dev/null; rm -f pocket.pcap; mv pocket.pcap x; tshark -n -r pocket.pcap | wc -l',
      'awk \'BEGIN { for (n = 1; n <= 150; n++) { c = "read l #" n; printf "" | c; print n; fflush() } }\' | tail -n 1',
      'tail /dev/zero',
      'cp "$BASH" own; chmod +x own; ./own -c "echo executed"',
    ];
    const server = startServer(home.folder, instance, UID, attempts);

    const status = await server.next();
    const results = [];
    while (results.length < attempts.length) results.push(await server.next());
    await server.next();
    const running = await processesOf(instance);
    await server.end();

    expect(status).toMatchObject({ ready: true });
    const [facts, written, capture, forks, memory, own] = results;
    expect(facts).toMatchObject({
      stdout: '65534\n3\nCapEff:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n',
    });
    expect(written).toMatchObject({ stdout: '.\n' });
    expect(capture).toMatchObject({ stdout: '3\n' });
    expect(Number(forks?.['stdout'])).toBeGreaterThan(20);
    expect(Number(forks?.['stdout'])).toBeLessThan(64);
    expect(memory).toMatchObject({ outcome: 'out_of_memory' });
    expect(own).toMatchObject({ stdout: '' });
    expect(running.length).toBeGreaterThan(0);
    expect(await processesOf(instance)).toEqual([]);
  });

  it('killed with -9 leaves nothing either', async () => {
    const instance = `unprivileged-killed-${process.pid}`;
    const server = startServer(home.folder, instance, UID);
    await server.next();
    expect(await server.next()).toEqual({ said: 'holding\n' });

    await server.killNine();

    await vi.waitFor(async () => expect(await processesOf(instance)).toEqual([]), {
      timeout: 15_000,
      interval: 50,
    });
  });
});
