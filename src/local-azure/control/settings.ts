import { z } from 'zod';
import { defaultFaultKinds, faultKind } from './fault-kinds.ts';

/** What can be switched while Local Azure runs. */
export const settingsSchema = z.strictObject({
  /** The share of requests that a random fault befalls, 0 to 1. */
  faultRate: z.number().min(0).max(1),
  faultKinds: z.array(faultKind).min(1),
  /** Decides, with the ordinal of a request, which random fault befalls it. */
  seed: z.number().int().min(0).max(4_294_967_295),
  /** Answers 429 when ARM's token buckets are empty; they are counted in any case. */
  throttle: z.boolean(),
  /** Answers 409 to a write while another write of the same watcher is under way. */
  refuseParallelWrites: z.boolean(),
  /** How many sessions a region of a subscription may have at once. */
  sessionLimit: z.number().int().min(0),
});

/** All switches. */
export type Settings = z.infer<typeof settingsSchema>;

/** The switches as they stand, and how to turn them. */
export interface CurrentSettings {
  current(): Settings;
  change(patch: Partial<Settings>): void;
}

/** Everything off and the documented session limit, save what `initial` says. */
export function createSettings(initial: Partial<Settings>): CurrentSettings {
  let settings: Settings = {
    faultRate: 0,
    faultKinds: [...defaultFaultKinds],
    seed: 1,
    throttle: false,
    refuseParallelWrites: false,
    sessionLimit: 10_000,
    ...initial,
  };
  return {
    current: () => settings,
    change(patch) {
      settings = { ...settings, ...patch };
    },
  };
}
