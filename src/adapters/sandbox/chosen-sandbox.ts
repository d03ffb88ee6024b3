import { CapwrightError } from '../../domain/errors.ts';
import { type Isolation, NO_ISOLATION } from '../../domain/isolation.ts';
import type { Clock, EngineStatus, LeftoverContainer, Sandbox, SandboxStatus } from '../../ports.ts';
import { cancelled } from './turns.ts';

/** An engine that may be chosen. */
export interface Candidate {
  engine: EngineStatus['engine'];
  /** Makes its sandbox; the first call may load a lot, the others get the same. */
  sandbox: () => Promise<Sandbox>;
}

export interface ChoiceDeps {
  /** What may be used, the strongest first. */
  candidates: readonly Candidate[];
  /** Where leftovers of earlier sessions may be, whatever may be used now. Default: the candidates. */
  everywhere?: readonly Candidate[];
  clock: Clock;
}

type Open = Parameters<Sandbox['open']>[0];

/** An engine that took this long to say no is hanging, and not asked again for a while. */
const SLOW_MS = 2_000;
const SLOW_REST_MS = 60_000;

/**
 * The strongest engine that can be used when a session is opened, chosen anew each time: one that was started since is
 * taken, one that died gives way to the next, and what a session tells of its isolation names the stronger one that
 * was not to be had. Throws SANDBOX_UNAVAILABLE where there is none; never anything that is no sandbox.
 */
export function createChosenSandbox(deps: ChoiceDeps): Sandbox {
  const { candidates, everywhere = candidates } = deps;
  const ask = createAsk(deps);
  // Whoever opened the last session is not asked for its status before the next: that costs what opening costs.
  let last: Candidate | null = null;

  const open = async (candidate: Candidate, options: Open) => {
    const session = await (await candidate.sandbox()).open(options);
    last = candidate;
    return session;
  };
  return {
    async open(options) {
      const refused: EngineStatus[] = [];
      for (const candidate of candidates) {
        const status = candidate === last ? null : await unlessAborted(ask(candidate), options.signal);
        if (status?.ready === false) {
          refused.push(refusal(candidate, status));
          continue;
        }
        try {
          const session = await open(candidate, options);
          return { ...session, isolation: withStronger(session.isolation, refused) };
        } catch (error) {
          if (!isUnavailable(error)) throw error;
          if (last === candidate) last = null;
          refused.push(refusal(candidate, { detail: error.message, fix: commandIn(error.next) }));
        }
      }
      throw noneLeft(refused);
    },
    status: () => status(candidates, ask),
    leftovers: () => leftovers(everywhere),
    remove: (id) => remove(everywhere, id),
  };
}

type Ask = (candidate: Candidate) => Promise<SandboxStatus>;

function createAsk({ clock }: ChoiceDeps): Ask {
  const hanging = new Map<Candidate, { status: SandboxStatus; until: number }>();
  return async (candidate) => {
    const known = hanging.get(candidate);
    const asked = clock.now();
    if (known !== undefined && asked < known.until) return known.status;
    const status = await (await candidate.sandbox()).status();
    const now = clock.now();
    if (!status.ready && now - asked >= SLOW_MS)
      hanging.set(candidate, { status, until: now + SLOW_REST_MS });
    return status;
  };
}

async function status(candidates: readonly Candidate[], ask: Ask): Promise<SandboxStatus> {
  const refused: EngineStatus[] = [];
  for (const candidate of candidates) {
    const { ready, detail, fix, isolation } = await ask(candidate);
    if (ready) {
      const engines = [...refused, { engine: candidate.engine, ready, detail, fix }];
      return { ready, detail, fix, isolation: withStronger(isolation, refused), engines };
    }
    refused.push(refusal(candidate, { detail, fix }));
  }
  return {
    ready: false,
    detail: whyNone(refused),
    fix: helps(refused)?.fix ?? null,
    isolation: NO_ISOLATION,
    engines: refused,
  };
}

function refusal({ engine }: Candidate, { detail, fix }: Pick<EngineStatus, 'detail' | 'fix'>): EngineStatus {
  return { engine, ready: false, detail, fix };
}

/** A container engine is no step up from another; from bubblewrap it is. */
function withStronger(isolation: Isolation, refused: readonly EngineStatus[]): Isolation {
  const stronger = isolation.engine === 'bubblewrap' ? helps(refused) : undefined;
  if (stronger === undefined) return isolation;
  const hint = `A container engine holds more strictly, and none was to be had: ${stronger.detail} To have it: ${stronger.fix}`;
  return { ...isolation, lacks: [...isolation.lacks, hint] };
}

/** The strongest engine that one command brings. */
function helps(refused: readonly EngineStatus[]): EngineStatus | undefined {
  return refused.find(({ fix }) => fix !== null);
}

function noneLeft(refused: readonly EngineStatus[]): CapwrightError {
  const fix = helps(refused)?.fix ?? 'capwright doctor';
  const next = refused.length === 0 ? 'Set CAPWRIGHT_SANDBOX to auto.' : `Run: ${fix}`;
  return new CapwrightError('SANDBOX_UNAVAILABLE', whyNone(refused), next);
}

function whyNone(refused: readonly EngineStatus[]): string {
  if (refused.length === 0) return 'There is no sandbox: CAPWRIGHT_SANDBOX says that none is wanted.';
  return `There is no sandbox. ${refused.map(({ detail }) => detail).join(' ')}`;
}

/** Engines write their errors' `next` so where one command helps. */
function commandIn(next: string): string | null {
  return /^Run: (.+)$/.exec(next)?.[1] ?? null;
}

function isUnavailable(error: unknown): error is CapwrightError {
  return error instanceof CapwrightError && error.code === 'SANDBOX_UNAVAILABLE';
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(cancelled());
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Docker's ids stand as they are, as they always did; those of the others say whose they are. */
const idOf = ({ engine }: Candidate, id: string): string => (engine === 'docker' ? id : `${engine}:${id}`);

/** Of every engine that answers: one that does not run holds nothing. Throws where none does. */
async function leftovers(candidates: readonly Candidate[]): Promise<LeftoverContainer[]> {
  const answers = await Promise.allSettled(
    candidates.map(async (candidate) => {
      const found = await (await candidate.sandbox()).leftovers();
      return found.map((leftover) => ({ ...leftover, id: idOf(candidate, leftover.id) }));
    }),
  );
  const answered = answers.filter((answer) => answer.status === 'fulfilled');
  const [first] = answers;
  if (answered.length === 0 && first?.status === 'rejected') throw first.reason;
  return answered.flatMap(({ value }) => value);
}

async function remove(candidates: readonly Candidate[], id: string): Promise<void> {
  const owner =
    candidates.find(({ engine }) => id.startsWith(`${engine}:`)) ??
    candidates.find(({ engine }) => engine === 'docker');
  if (owner === undefined) return;
  const own = id.startsWith(`${owner.engine}:`) ? id.slice(owner.engine.length + 1) : id;
  await (await owner.sandbox()).remove(own);
}
