import { z } from 'zod';
import type { Capture } from '../captures/capture.ts';
import type { Captures } from '../captures/captures.ts';
import { parseCaptureRequest } from '../captures/request.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { same } from '../inventory/resources.ts';

const wish = z.strictObject({ name: z.string().min(1), vm: z.string().min(1) });

/** Plants somebody else's capture: no client of this session asked for it, and it runs. */
export function foreignCapture(
  deps: { readonly inventory: Inventory; readonly captures: Captures },
  body: unknown,
): Capture | undefined {
  const wanted = wish.safeParse(body).data;
  for (const subscription of deps.inventory.subscriptions) {
    const machine = subscription.machines.find(({ name }) => same(name, wanted?.vm ?? ''));
    const watcher = subscription.watchers.find(({ location }) => location === machine?.location);
    const account = subscription.accounts.find(({ location }) => location === machine?.location);
    const storageLocation = { storageId: account?.id ?? '' };
    const properties = { target: machine?.id ?? '', storageLocation };
    const request = parseCaptureRequest(JSON.stringify({ properties }));
    if (wanted !== undefined && machine !== undefined && watcher !== undefined && !('problem' in request)) {
      const target = { name: machine.name, machines: [machine] };
      const capture = deps.captures.add({ name: wanted.name, watcher, target, request, foreign: true });
      deps.captures.begin(capture);
      return capture;
    }
  }
  return undefined;
}
