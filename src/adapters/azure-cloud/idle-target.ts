import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';
import { sameName } from '../../domain/same-name.ts';
import type { ListedCapture } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { listWatcherCaptures } from './list-captures.ts';
import { readStatus } from './session-status.ts';
import { called, type ReadyTarget } from './target.ts';
import type { Watcher } from './watcher.ts';

/** Sessions that Azure runs at once in a region of a subscription. */
const AZURES_LIMIT = 10_000;
/** Sessions asked for at the same time: a target may have many captures that are over. */
const AT_ONCE = 5;

/**
 * Azure allows two sessions on one VM; nobody has seen what they do to each other, so we don't. Throws VM_BUSY with
 * the name of a running capture, ours or foreign; tells of those that are over, and of the region's count.
 */
export async function checkIdle(
  azure: Azure,
  { target, watcher }: { target: ReadyTarget; watcher: Watcher },
  own: { captureName: string; prefix: string | null },
  signal: AbortSignal,
): Promise<PreflightCheck[]> {
  const captures = await listWatcherCaptures(azure, target.subscriptionId, watcher, signal);
  const isOurs = ({ name }: ListedCapture): boolean => own.prefix !== null && name.startsWith(own.prefix);
  const here = captures.filter(
    ({ targetId, name }) => sameName(targetId, target.id) && name !== own.captureName,
  );
  for (let first = 0; first < here.length; first += AT_ONCE) {
    const some = here.slice(first, first + AT_ONCE);
    const running = await Promise.all(some.map((capture) => isRunning(azure, capture, signal)));
    const capture = some.find((_, index) => running[index]);
    if (capture !== undefined) {
      throw busy(target, capture.name, isOurs(capture));
    }
  }
  const ours = here.filter(isOurs).length;
  const kind = target.type === 'AzureVM' ? 'VM' : 'scale set';
  return [
    {
      name: 'captures',
      detail:
        here.length === 0
          ? `none on this ${kind}`
          : `none running on this ${kind}; over: ${ours} of ours, ${here.length - ours} foreign`,
    },
    regionCheck(captures.length, watcher.location),
  ];
}

async function isRunning(azure: Azure, capture: ListedCapture, signal: AbortSignal): Promise<boolean> {
  const status = await readStatus(azure, { ...capture, captureName: capture.name }, signal);
  const isStarting = status?.status === 'NotStarted' && capture.provisioningState !== 'Succeeded';
  return status?.status === 'Running' || isStarting;
}

/** How many sessions run, a list doesn't tell; fewer captures than the limit are surely not too many sessions. */
function regionCheck(captures: number, location: string): PreflightCheck {
  const detail = `${captures} captures in ${location}; Azure runs at most ${AZURES_LIMIT} sessions there`;
  return { name: 'limits', detail: captures >= AZURES_LIMIT ? `warning: ${detail}` : detail };
}

function busy(target: ReadyTarget, captureName: string, ours: boolean): CapwrightError {
  const named = /^[\w.-]{1,80}$/.test(captureName) ? `capture ${captureName}` : 'a capture';
  return new CapwrightError(
    'VM_BUSY',
    `${called(target)} already has a running capture ${ours ? 'of ours' : 'that is not ours'}: ${named}.`,
    ours
      ? 'Wait for its task with check_task, or call cleanup_orphans if no task knows it.'
      : 'Wait until it ends, or ask whoever started it to stop it; Capwright does not touch foreign captures.',
  );
}
