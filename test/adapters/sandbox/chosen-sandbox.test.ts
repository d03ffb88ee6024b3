import { describe, expect, it } from 'vitest';
import { type Candidate, createChosenSandbox } from '../../../src/adapters/sandbox/chosen-sandbox.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import { NO_ISOLATION } from '../../../src/domain/isolation.ts';
import type { Clock, LeftoverContainer, Sandbox } from '../../../src/ports.ts';
import { createFakeSandbox } from '../../fakes/sandbox.ts';

const signal = new AbortController().signal;
const capturePath = 'capture.pcap';

type Engine = Candidate['engine'];

interface FakeEngine extends Candidate {
  /** Null while it can be used, else why not. */
  trouble: { detail: string; fix: string | null } | null;
  /** What opening throws though the status is fine. */
  breaks: Error | null;
  asked: number;
  opened: number;
  removed: string[];
  found: LeftoverContainer[];
  /** What being asked takes. */
  answerMs: number;
}

const unavailable = ({ detail, fix }: { detail: string; fix: string | null }): CapwrightError =>
  new CapwrightError('SANDBOX_UNAVAILABLE', detail, `Run: ${fix}`);
const leftover = (id: string): LeftoverContainer => ({ id, reason: 'old', ageSeconds: 1 });

let now = 0;
const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };

function engine(name: Engine, trouble: FakeEngine['trouble'] = null): FakeEngine {
  const behind = createFakeSandbox(() => ({}));
  const isolation = { engine: name, description: `${name} sandbox`, lacks: [`${name} lacks this.`] };
  const sandbox: Sandbox = {
    async open(options) {
      if (fake.breaks !== null) throw fake.breaks;
      if (fake.trouble !== null) throw unavailable(fake.trouble);
      fake.opened += 1;
      return { ...(await behind.open(options)), isolation };
    },
    async status() {
      fake.asked += 1;
      now += fake.answerMs;
      return fake.trouble === null
        ? { ready: true, detail: `${name} 1.0`, fix: null, isolation }
        : { ready: false, ...fake.trouble, isolation: NO_ISOLATION };
    },
    async leftovers() {
      if (fake.trouble !== null) throw unavailable(fake.trouble);
      return fake.found;
    },
    async remove(id) {
      fake.removed.push(id);
    },
  };
  const fake: FakeEngine = {
    engine: name,
    sandbox: async () => sandbox,
    trouble,
    breaks: null,
    asked: 0,
    opened: 0,
    removed: [],
    found: [],
    answerMs: 0,
  };
  return fake;
}

const NOT_RUNNING = { detail: 'Docker is not running.', fix: 'npm run setup' };
const NO_PODMAN = { detail: 'No Podman service answers here.', fix: 'systemctl --user start podman.socket' };
const NO_BWRAP = { detail: 'bubblewrap is not installed.', fix: 'apt-get install bubblewrap' };

function three(docker: FakeEngine['trouble'], podman: FakeEngine['trouble'], bwrap: FakeEngine['trouble']) {
  const engines = {
    docker: engine('docker', docker),
    podman: engine('podman', podman),
    bubblewrap: engine('bubblewrap', bwrap),
  };
  return { ...engines, sandbox: createChosenSandbox({ candidates: Object.values(engines), clock }) };
}

const open = (sandbox: Sandbox) => sandbox.open({ capturePath, signal });
const usedBy = async (sandbox: Sandbox): Promise<string> => (await open(sandbox)).isolation.engine;

describe('the choice of an engine', () => {
  it('takes the strongest, and asks no other', async () => {
    const { sandbox, podman, bubblewrap } = three(null, null, null);

    const { isolation } = await open(sandbox);

    expect(isolation).toEqual({
      engine: 'docker',
      description: 'docker sandbox',
      lacks: ['docker lacks this.'],
    });
    expect([podman.asked, bubblewrap.asked]).toEqual([0, 0]);
  });

  it('goes down engine by engine; a container engine in place of another leaves nothing to be told', async () => {
    const { sandbox } = three(NOT_RUNNING, null, null);

    expect((await open(sandbox)).isolation).toMatchObject({
      engine: 'podman',
      lacks: ['podman lacks this.'],
    });
  });

  it('tells with bubblewrap why nothing stronger was used, and the one command for it', async () => {
    const { sandbox } = three(NOT_RUNNING, NO_PODMAN, null);

    const { isolation } = await open(sandbox);
    const status = await sandbox.status();

    expect(isolation.lacks).toEqual([
      'bubblewrap lacks this.',
      'A container engine holds more strictly, and none was to be had: Docker is not running. To have it: npm run setup',
    ]);
    expect(status).toMatchObject({ ready: true, isolation });
    expect(status.engines).toEqual([
      { engine: 'docker', ready: false, ...NOT_RUNNING },
      { engine: 'podman', ready: false, ...NO_PODMAN },
      { engine: 'bubblewrap', ready: true, detail: 'bubblewrap 1.0', fix: null },
    ]);
  });

  it('takes an engine that was started since the last session, and the next where it died', async () => {
    const { sandbox, docker } = three(NOT_RUNNING, NO_PODMAN, null);
    expect(await usedBy(sandbox)).toBe('bubblewrap');

    docker.trouble = null;
    expect(await usedBy(sandbox)).toBe('docker');
    docker.trouble = NOT_RUNNING;
    const { isolation } = await open(sandbox);

    expect(isolation.engine).toBe('bubblewrap');
    expect(isolation.lacks.join(' ')).toContain('Docker is not running.');
  });

  it('asks the engine of the last session nothing before it opens the next', async () => {
    const { sandbox, docker } = three(null, null, null);
    for (let session = 0; session < 5; session += 1) await open(sandbox);

    expect(docker).toMatchObject({ opened: 5, asked: 1 });
  });

  it('names every engine and why, and one command, where there is none', async () => {
    const { sandbox } = three(NOT_RUNNING, NO_PODMAN, NO_BWRAP);

    await expect(open(sandbox)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message:
        'There is no sandbox. Docker is not running. No Podman service answers here. bubblewrap is not installed.',
      next: 'Run: npm run setup',
    });
    expect(await sandbox.status()).toMatchObject({
      ready: false,
      fix: 'npm run setup',
      isolation: { engine: 'none' },
    });
  });

  it('is no way around an engine that is there and refuses: that is an error', async () => {
    const { sandbox, docker, bubblewrap } = three(null, null, null);
    docker.breaks = new CapwrightError('SANDBOX_FAILED', 'It refused.', 'Look.');

    await expect(open(sandbox)).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    expect(bubblewrap.opened).toBe(0);
  });

  it('goes on where an engine says that it is ready and then can not be used', async () => {
    const { sandbox, docker } = three(null, NO_PODMAN, null);
    docker.breaks = new CapwrightError('SANDBOX_UNAVAILABLE', 'It went away.', 'Run: x');

    expect(await usedBy(sandbox)).toBe('bubblewrap');
  });

  it('does not wait at every session for an engine that hangs', async () => {
    const { sandbox, docker } = three(NOT_RUNNING, NO_PODMAN, null);
    docker.answerMs = 30_000;
    await open(sandbox);
    await open(sandbox);
    expect(docker.asked).toBe(1);

    now += 61_000;
    docker.trouble = null;

    expect(await usedBy(sandbox)).toBe('docker');
  });

  it('ends at once for who does not want it any more', async () => {
    const { sandbox, docker } = three(null, null, null);
    const stop = new AbortController();
    const hanging = createChosenSandbox({
      candidates: [{ engine: 'docker', sandbox: () => new Promise(() => undefined) }],
      clock,
    });
    const opened = hanging.open({ capturePath, signal: stop.signal });
    stop.abort();

    await expect(opened).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(sandbox.open({ capturePath, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(docker.opened).toBe(0);
  });

  it('says that there is nothing to choose from where a setting wants none', async () => {
    const sandbox = createChosenSandbox({ candidates: [], clock });

    await expect(open(sandbox)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: expect.stringContaining('CAPWRIGHT_SANDBOX'),
    });
    expect(await sandbox.status()).toMatchObject({ ready: false, fix: null, isolation: NO_ISOLATION });
  });
});

describe('leftovers', () => {
  it('are those of every engine that answers, and each removes its own', async () => {
    const { sandbox, docker, podman, bubblewrap } = three(null, NO_PODMAN, null);
    docker.found = [leftover('abc')];
    bubblewrap.found = [leftover('12-34')];

    const ids = (await sandbox.leftovers()).map(({ id }) => id);
    for (const id of ids) await sandbox.remove(id);
    await sandbox.remove('podman:xyz');

    expect(ids).toEqual(['abc', 'bubblewrap:12-34']);
    expect([docker.removed, podman.removed, bubblewrap.removed]).toEqual([['abc'], ['xyz'], ['12-34']]);
  });

  it('can not be told where no engine answers', async () => {
    const { sandbox } = three(NOT_RUNNING, NO_PODMAN, NO_BWRAP);

    await expect(sandbox.leftovers()).rejects.toMatchObject({ message: 'Docker is not running.' });
  });
});
