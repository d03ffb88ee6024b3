import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchCapture } from './analysis-captures.ts';
import { costOf, type Cost } from './analysis-cost.ts';
import { PEERS } from './analysis-peers.ts';
import type { AnalysisSamples } from './analysis-samples.ts';
import { engines } from './sandbox-engines.ts';
import { startServer, type WarmServer } from './analysis-server.ts';
import { median } from './figures.ts';

const execute = promisify(execFile);
const ENGINES = ['bubblewrap', 'docker'] as const;
const FLOW = 'tcp:5';

export interface MeasureOptions {
  /** The built program. */
  entry: string;
  folder: string;
  rounds: number;
  slowRounds: number;
  /** Measures only ways whose name holds this. */
  only: string | null;
  say: (line: string) => void;
}

/** Ways that do our whole analysis, and what was measured besides. */
export interface MeasuredAll {
  ours: string[];
  firstWordMs: number | null;
  flowMs: number | null;
}

interface Subject {
  name: string;
  rounds: number;
  run: () => Promise<Cost>;
}

/** Measures every way on the capture, by turns, so that all of them meet the same machine. */
export async function measureAll(
  capture: BenchCapture,
  samples: AnalysisSamples,
  options: MeasureOptions,
): Promise<MeasuredAll> {
  const { say, only, rounds } = options;
  const firstWords: number[] = [];
  const servers: WarmServer[] = [];
  const own = await ownSubjects(capture, options, servers, firstWords);
  const flow = `one conversation (${FLOW}), from the shell`;
  const subjects: Subject[] = [
    ...own.filter(({ name }) => fits(name, only)),
    ...shellSubjects(capture, options, flow).filter(({ name }) => fits(name, only)),
    ...(await peerSubjects(capture, options)).filter(({ name }) => fits(name, only)),
  ];
  try {
    for (let round = 0; round < Math.max(rounds, options.slowRounds); round += 1) {
      for (const { name, rounds, run } of subjects) {
        if (round >= rounds) continue;
        say(`${capture.name}, round ${round + 1}: ${name} …`);
        samples.add(capture.name, name, await run());
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  return {
    ours: own.map(({ name }) => name),
    firstWordMs: firstWords.length === 0 ? null : median(firstWords),
    flowMs: samples.of(capture.name, flow)?.wallMs ?? null,
  };
}

const fits = (name: string, only: string | null): boolean => only === null || name.includes(only);

/** The whole analysis, in each sandbox that is here: a call to a server, and a command of the shell. */
async function ownSubjects(
  { path }: BenchCapture,
  { entry, folder, rounds, say, only }: MeasureOptions,
  servers: WarmServer[],
  firstWords: number[],
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const engine of ENGINES) {
    const names = { server: `our analysis, server, ${engine}`, shell: `our analysis, shell, ${engine}` };
    if (!Object.values(names).some((name) => fits(name, only))) continue;
    if (!(await isHere(folder, engine))) {
      say(`NOT MEASURED: our analysis in ${engine}, which is not here.`);
      continue;
    }
    const state = join(folder, `state-${engine}-${Date.now()}`);
    let server: WarmServer | null = null;
    const call = async (): Promise<Cost> => {
      if (server === null) {
        server = await startServer({ entry, folder: state, captures: folder, engine });
        servers.push(server);
        // The first call is what makes it warm.
        await server.analyse(path);
      }
      const { firstWordMs, ...cost } = await server.analyse(path);
      if (firstWordMs !== null) firstWords.push(firstWordMs);
      return cost;
    };
    const argv = [process.execPath, entry, 'analyze', '--json', '--llm', 'off', path];
    const shell = (): Promise<Cost> => costOf(argv, { env: { CAPWRIGHT_SANDBOX: engine } });
    subjects.push({ name: names.server, rounds, run: call }, { name: names.shell, rounds, run: shell });
  }
  return subjects;
}

async function isHere(folder: string, engine: string): Promise<boolean> {
  const found = engines(folder).find(({ name }) => name === engine);
  return found !== undefined && (await found.sandbox.status()).ready;
}

function shellSubjects({ path }: BenchCapture, { entry, rounds }: MeasureOptions, flow: string): Subject[] {
  const program = [process.execPath, entry];
  const without = { env: { CAPWRIGHT_SANDBOX: 'none' } };
  return [
    {
      name: 'our own reader alone, shell',
      rounds,
      run: () => costOf([...program, 'analyze', '--json', '--llm', 'off', path], without),
    },
    { name: flow, rounds, run: () => costOf([...program, 'flow', path, '--stream', FLOW]) },
  ];
}

async function peerSubjects(
  { path }: BenchCapture,
  { rounds, slowRounds, say }: MeasureOptions,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const { name, needs, argv, isSlow = false } of PEERS) {
    const isThere = await execute('which', [needs]).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      say(`NOT MEASURED: ${name}. ${needs} is not here; apt-get install ${needs} brings it.`);
      continue;
    }
    subjects.push({ name, rounds: isSlow ? slowRounds : rounds, run: () => costOf(argv(path)) });
  }
  return subjects;
}
