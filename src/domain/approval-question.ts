import type { CaptureRequest } from './capture-request.ts';
import { sessionCap, type CapturePlan } from './capture-plan.ts';
import { machineCount, mostBytes } from './capture-size.ts';
import { filesOf, type Task } from './task.ts';
import { stripControls } from './untrusted.ts';
import type { OrphanItem } from './views.ts';

/** Azure's names and paths are at most this long; what is longer is not a name. */
const MAX_NAME = 1024;

interface Shown {
  found: { plan: CapturePlan; request: CaptureRequest };
  /** Whether the files in the storage account go once they are here. */
  deleteBlobs: boolean;
}

/** All that a start of these captures comes to, one fact a line: a person reads it before saying yes. */
export function startQuestion(captures: readonly Shown[]): string {
  const head =
    captures.length === 1
      ? 'Start this packet capture in Azure?'
      : `Start these ${captures.length} packet captures in Azure, at the same time?`;
  return [head, ...captures.flatMap(captureLines), ...costLines(captures)].join('\n');
}

/** What is thrown away with a task. */
export function discardQuestion(task: Task): string {
  const { plan } = task;
  const held = filesOf(task).length;
  return [
    'Throw this packet capture away?',
    `task: ${task.id}, ${task.state}`,
    `target: ${plan.vmId}`,
    `delete the capture ${line(plan.captureName)} from Network Watcher ${line(plan.watcherName)} in ${line(plan.location)}`,
    held === 0
      ? 'nothing of it is downloaded or analysed'
      : `it is not analysed; what was downloaded stays on this server: ${held} ${held === 1 ? 'file' : 'files'}`,
    task.deleteBlobs
      ? 'what it left in the storage account is deleted too'
      : 'what it left in the storage account stays there',
  ].join('\n');
}

/** What a cleanup deletes or resumes, item by item. */
export function cleanupQuestion(items: readonly OrphanItem[]): string {
  const acted = items.filter(({ action }) => action !== 'keep');
  const lines = acted.map(
    ({ action, kind, name, reason }) => `${action} ${kind} ${line(name)}: ${line(reason)}`,
  );
  return [`Carry out this cleanup of ${acted.length} leftovers?`, ...lines].join('\n');
}

function captureLines({ found: { plan, request }, deleteBlobs }: Shown): string[] {
  const where = plan.instances.map(({ id, name }) => `${line(id)} (${line(name)})`);
  return [
    `target: ${line(plan.vmId)}${where.length === 0 ? '' : `, instances ${where.join(', ')}`}`,
    `storage: account ${line(plan.storageAccount)}, ${line(plan.storagePath)}; ${deleteBlobs ? 'deleted there once it is here and verified' : 'kept there'}`,
    `duration: at most ${plan.durationSeconds} s`,
    `size: at most ${bytes(mostBytes(plan))} (${bound(plan)}); an upper bound, not a forecast`,
    `${request.method} ${line(request.url)}`,
    stripControls(JSON.stringify(request.body)),
  ];
}

/** From what the bound follows, so that a reader can check it. */
function bound(plan: CapturePlan): string {
  const each =
    plan.ring === null
      ? `session cap ${sessionCap(plan.totalBytes)} bytes`
      : `ring of ${plan.ring.fileCount} files of ${plan.ring.fileBytes} bytes`;
  return `${each} × ${machineCount(plan)} ${machineCount(plan) === 1 ? 'machine' : 'machines'}`;
}

/** What Azure bills and how much of it there can be; what it costs stands in the customer's own price sheet. */
function costLines(captures: readonly Shown[]): string[] {
  const plans = captures.map(({ found }) => found.plan);
  const most = bytes(plans.reduce((sum, plan) => sum + mostBytes(plan), 0));
  const regions = [...new Set(plans.map(({ location }) => line(location)))].join(', ');
  const machines = plans.reduce((sum, plan) => sum + machineCount(plan), 0);
  const recorded = plans.every(({ ring }) => ring === null)
    ? `at most ${most} recorded`
    : 'more may be recorded than a ring keeps';
  return [
    'cost basis, at the prices of your agreement:',
    `- Network Watcher packet capture: ${machines} ${machines === 1 ? 'machine' : 'machines'}, ${recorded}`,
    `- Blob Storage: at most ${most}, by the month for as long as the files are kept`,
    `- data transfer: at most ${most} for the download, where this server runs outside ${regions}`,
  ];
}

function bytes(count: number): string {
  return `${(count / 1e9).toFixed(2)} GB`;
}

/** A name from Azure or from a caller must not be able to add a line to what is approved. */
function line(text: string): string {
  return stripControls(text).replaceAll(/\s+/g, ' ').slice(0, MAX_NAME);
}
