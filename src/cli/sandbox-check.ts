import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapwrightError } from '../domain/errors.ts';
import { NO_ISOLATION } from '../domain/isolation.ts';
import type { Sandbox, SandboxStatus } from '../ports.ts';
import type { Check, SandboxFacts } from './check.ts';

/** Asks the engines and then opens a session, since an engine that answers may still not do what it is for. */
export async function sandboxCheck(sandbox: Sandbox, signal: AbortSignal): Promise<Check> {
  const status = await sandbox.status();
  if (!status.ready) return missing(status, status.detail, status.fix);
  const folder = await mkdtemp(join(tmpdir(), 'capwright-doctor-'));
  try {
    const capturePath = join(folder, 'empty.pcap');
    await writeFile(capturePath, EMPTY_PCAP, { mode: 0o600 });
    const session = await sandbox.open({ capturePath, signal });
    const { isolation, tsharkVersion, tools } = session;
    await session.stop();
    const facts = { isolation, tsharkVersion, tools, engines: status.engines ?? [] };
    const { detail, fix } = status;
    return { name: 'sandbox', state: 'ok', detail, more: linesOf(facts), fix, sandbox: facts };
  } catch (error) {
    if (!(error instanceof CapwrightError)) throw error;
    return missing(status, `${status.detail}, but: ${error.message}`, error.next);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function missing({ engines = [] }: SandboxStatus, detail: string, fix: string | null): Check {
  const facts = { isolation: NO_ISOLATION, tsharkVersion: null, tools: [], engines };
  return { name: 'sandbox', state: 'missing', detail, more: linesOf(facts), fix, sandbox: facts };
}

function linesOf({ isolation, tsharkVersion, engines }: SandboxFacts): string[] {
  const refused = engines.filter(({ ready }) => !ready);
  const held = [
    `isolation: ${isolation.description}`,
    `tools: ${tsharkVersion}`,
    ...isolation.lacks.map((lack) => `lacks: ${lack}`),
  ];
  return [
    ...(tsharkVersion === null ? [] : held),
    ...refused.map(
      ({ engine, detail, fix }) => `not ${engine}: ${detail}${fix === null ? '' : ` fix: ${fix}`}`,
    ),
  ];
}

/** The header of a classic pcap file, and no packet. */
const EMPTY_PCAP = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
