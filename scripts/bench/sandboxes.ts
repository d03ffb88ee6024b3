import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { imageReference } from '../../src/adapters/sandbox/docker/image.ts';
import { CAPTURE_PATH, type InspectedFile } from '../../src/ports.ts';
import { median, type Figure } from './figures.ts';
import { bareHost, bareImage, type Bare } from './sandbox-bare.ts';
import { watchEngineCalls } from './sandbox-calls.ts';
import { engines, SANDBOX_DIR, type Engine } from './sandbox-engines.ts';
import { createSamples, figure, type Samples } from './sandbox-samples.ts';
import {
  analysis,
  COMMANDS,
  inSession,
  madeCapture,
  runIn,
  threeAttempts,
  threeRuns,
} from './sandbox-works.ts';

const execute = promisify(execFile);
const THREE = 'open, three runs, stop';
const ANALYSIS = 'whole analysis';
const CLI = 'docker run';
const ONE_CLI = 'one command';
const THREE_CLI = 'three commands';
/** What an analysis may cost beyond bare tshark on a quiet machine. */
const TARGET_MS = 500;

export interface BenchOptions {
  folder: string;
  rounds: number;
  /** Length of the capture that is made. */
  seconds: number;
  /** Name of the one engine to measure. */
  only: string | null;
  say: (line: string) => void;
}

interface Subject {
  name: string;
  round: () => Promise<void>;
}

/** Every engine that is here, `docker run` and bare tshark, measured by turns so that all meet the same machine. */
export async function sandboxes(
  options: BenchOptions,
): Promise<{ figures: Figure[]; versions: Record<string, string> }> {
  const { folder, say } = options;
  const file = madeCapture(folder, options.seconds);
  const samples = createSamples();
  const here = await present(engines(folder), options);
  const image = await imageReference(SANDBOX_DIR);
  const withDocker = here.some(({ sameAs }) => sameAs === 'image');
  const bare = {
    host: bareHost(folder),
    image: withDocker ? bareImage(image, folder) : null,
  };
  const subjects: Subject[] = here.map((engine) => ({
    name: engine.name,
    round: () => engineRound(engine, file, samples),
  }));
  for (const [name, place] of Object.entries(bare)) {
    if (place !== null)
      subjects.push({ name: `bare, ${name}`, round: () => bareRound(name, place, file, samples) });
  }
  if (withDocker) subjects.push({ name: CLI, round: () => cliRound(image, file, samples) });

  await inTurns(subjects, options.rounds, samples, say);
  const figures = here.flatMap((engine) => [
    ...samples.figures(engine.name),
    ...samples.figures(`${engine.name}, calls`),
    ...compared(engine, bare[engine.sameAs] === null ? 'host' : engine.sameAs, samples),
  ]);
  const references = ['host', 'image'].flatMap((name) => samples.figures(`bare, ${name}`));
  return {
    figures: [...figures, ...references, ...samples.figures(CLI)],
    versions: {
      bareHost: bare.host?.tsharkVersion ?? 'absent',
      bareImage: bare.image?.tsharkVersion ?? 'absent',
      capture: `${file.bytes} bytes`,
    },
  };
}

async function present(all: readonly Engine[], { only, say }: BenchOptions): Promise<Engine[]> {
  const here: Engine[] = [];
  for (const engine of all) {
    if (only !== null && engine.name !== only) continue;
    const { ready, detail, isolation } = await engine.sandbox.status();
    say(`${engine.name}: ${ready ? isolation.description : `not here (${detail})`}`);
    if (ready) here.push(engine);
  }
  return here;
}

/** One unmeasured round, then the measured ones; each begins with another subject than the one before. */
async function inTurns(
  subjects: readonly Subject[],
  rounds: number,
  samples: Samples,
  say: (line: string) => void,
): Promise<void> {
  for (const { round } of subjects) await round();
  samples.clear();
  for (let n = 0; n < rounds; n += 1) {
    say(`round ${n + 1} of ${rounds} …`);
    const first = n % subjects.length;
    for (const { round } of [...subjects.slice(first), ...subjects.slice(0, first)]) await round();
  }
}

async function engineRound({ name, sandbox }: Engine, file: InspectedFile, samples: Samples): Promise<void> {
  const signal = new AbortController().signal;
  const step = <T>(what: string, work: () => Promise<T>): Promise<T> => samples.step(name, what, work);
  const stopWatching = watchEngineCalls((kind, ms) => samples.add(`${name}, calls`, kind, ms));
  const session = await step('open', () => sandbox.open({ capturePath: file.path, signal }));
  try {
    await step('first run (true)', () => runIn(session, ['true']));
    for (let n = 0; n < 3; n += 1) await step('run (true)', () => runIn(session, ['true']));
    await step('upload of 4 KiB', () => session.uploadBytes(Buffer.alloc(4096, 'x'), 'upload.txt'));
    await step('three attempts', () => threeAttempts(session));
  } finally {
    await step('stop', () => session.stop());
    stopWatching();
  }
  await samples.work(name, THREE, () => threeRuns(sandbox, file));
  await samples.work(name, ANALYSIS, () => analysis(sandbox, file));
}

async function bareRound(
  name: string,
  { sandbox }: Bare,
  file: InspectedFile,
  samples: Samples,
): Promise<void> {
  const area = `bare, ${name}`;
  await inSession(sandbox, file, (session) =>
    samples.step(area, 'run (true)', () => runIn(session, ['true'])),
  );
  await samples.work(area, THREE, () => threeRuns(sandbox, file));
  await samples.work(area, ANALYSIS, () => analysis(sandbox, file));
}

/** As a person would do it: the same image and capture, nothing hardened but the network. */
async function cliRound(image: string, file: InspectedFile, samples: Samples): Promise<void> {
  const run = (...argv: string[]): Promise<unknown> => {
    const mount = `${file.path}:${CAPTURE_PATH}:ro`;
    const args = ['run', '--rm', '--network', 'none', '-v', mount, image, ...argv];
    return execute('docker', args, { maxBuffer: 64 * 1024 * 1024 });
  };
  const [first = []] = COMMANDS;
  await samples.work(CLI, ONE_CLI, () => run(...first));
  const all = COMMANDS.map((argv) => argv.join(' ')).join(' && ');
  await samples.work(CLI, THREE_CLI, () => run('bash', '-c', all));
}

/** What an engine costs beyond bare tshark of the same version, and as a ratio to `docker run` of the same commands. */
function compared({ name }: Engine, sameAs: string, samples: Samples): Figure[] {
  const beyond = (what: string, target?: number): Figure[] => {
    const bare = samples.of(`bare, ${sameAs}`, what);
    if (bare.length === 0) return [];
    const times = samples.of(name, what).map((time, n) => time - (bare[n] ?? Number.NaN));
    return [figure(`${name} − bare`, what, times, target)];
  };
  const ratio = (what: string, ms: readonly number[]): Figure[] => {
    if (ms.length === 0) return [];
    const value = median(samples.of(name, THREE)) / median(ms);
    return [{ area: `${name} ÷ other`, what: `${THREE} ÷ ${what}`, value, unit: '×' }];
  };
  return [
    ...beyond(THREE, TARGET_MS),
    ...beyond(ANALYSIS, TARGET_MS),
    ...ratio(`bare, ${sameAs}`, samples.of(`bare, ${sameAs}`, THREE)),
    ...ratio(`${CLI} of all three`, samples.of(CLI, THREE_CLI)),
  ];
}
