import { z } from 'zod';
import { renderStatus, type Capture } from '../captures/capture.ts';
import type { Captures } from '../captures/captures.ts';
import type { Delivery } from '../captures/delivery.ts';
import { readJson, type Call, type Reply, type Route } from '../http/exchange.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { faultRule, type Faults } from './faults.ts';
import { foreignCapture } from './foreign-capture.ts';
import type { History } from './history.ts';
import type { Judge } from './judge.ts';
import { settingsSchema, type CurrentSettings } from './settings.ts';
import type { Stats } from './stats.ts';

/** What the control endpoint shows and changes. */
export interface ControlDeps {
  readonly inventory: Inventory;
  readonly captures: Captures;
  readonly delivery: Delivery;
  readonly faults: Faults;
  readonly history: History;
  readonly judge: Judge;
  readonly stats: Stats;
  readonly settings: CurrentSettings;
  readonly tokens: Tokens;
}

const oneOrMoreRules = z.union([faultRule.transform((rule) => [rule]), z.array(faultRule)]);

const credentials = z.strictObject({
  valid: z.boolean().optional(),
  tokenLifetimeSeconds: z.number().int().min(1).max(86_400).optional(),
});

/** The side door for tests and demos: looking inside, planting faults; no token asked, loopback only. */
export function controlRoutes(deps: ControlDeps): Route[] {
  const { captures, faults, history, judge, settings, stats } = deps;
  return [
    get('history', () => ok(history.entries())),
    get('captures', () => ok(captures.all().map(describe))),
    get('planted', (call) => planted(deps, call)),
    get('stats', () => ok(stats.report())),
    get('verdict', (call) => ok(judge.verdict(captures.all(), !call.url.searchParams.has('running')))),
    get('settings', () => ok(settings.current())),
    get('faults', () => ok(faults.pending())),
    get('credentials', () => ok(credentialsOf(deps.tokens))),
    post('settings', (call) => changeSettings(settings, call)),
    post('credentials', (call) => changeCredentials(deps.tokens, call)),
    post('reset', () => reset(deps)),
    post('foreign-capture', (call) => {
      const capture = foreignCapture(deps, readJson(call.body));
      return capture === undefined
        ? wrong(400, 'Give the name of a capture, and a vm in a region that has a watcher.')
        : { status: 201, body: describe(capture) };
    }),
    post('faults', (call) => {
      const rules = oneOrMoreRules.safeParse(readJson(call.body));
      rules.data?.forEach((rule) => {
        faults.plant(rule);
      });
      return rules.success
        ? { status: 201, body: faults.pending() }
        : wrong(400, 'That is no fault rule: {match:{service,method,pathIncludes},times,action}.');
    }),
    {
      method: 'DELETE',
      path: '/_local/faults',
      handle() {
        faults.clear();
        return { status: 204 };
      },
    },
  ];
}

function get(name: string, handle: (call: Call) => Reply): Route {
  return { method: 'GET', path: `/_local/${name}`, handle };
}

function post(name: string, handle: (call: Call) => Reply): Route {
  return { method: 'POST', path: `/_local/${name}`, handle };
}

function planted(deps: ControlDeps, call: Call): Reply {
  const { searchParams } = call.url;
  const truth = deps.delivery.planted(
    searchParams.get('capture') ?? '',
    searchParams.get('instance') ?? undefined,
  );
  return truth === undefined ? wrong(404, 'No file was delivered for a capture of that name.') : ok(truth);
}

function changeSettings(settings: CurrentSettings, call: Call): Reply {
  const patch = settingsSchema.partial().safeParse(readJson(call.body));
  if (!patch.success) {
    return wrong(400, `Those are no settings: ${patch.error.issues[0]?.message ?? ''}`);
  }
  settings.change(patch.data);
  return ok(settings.current());
}

function credentialsOf(tokens: Tokens) {
  return { valid: tokens.accepted(), tokenLifetimeSeconds: tokens.lifetimeSeconds() };
}

function changeCredentials(tokens: Tokens, call: Call): Reply {
  const wanted = credentials.safeParse(readJson(call.body));
  if (!wanted.success) {
    return wrong(400, 'Give {valid} or {tokenLifetimeSeconds}.');
  }
  tokens.setAccepted(wanted.data.valid ?? tokens.accepted());
  tokens.setLifetime(wanted.data.tokenLifetimeSeconds ?? tokens.lifetimeSeconds());
  return ok(credentialsOf(tokens));
}

/** Captures, books and counts are gone, rules too, credentials are good; settings and blobs stay. */
function reset({ captures, faults, history, judge, stats, tokens }: ControlDeps): Reply {
  [captures, faults, history, judge, stats].forEach((part) => {
    part.clear();
  });
  tokens.setAccepted(true);
  return { status: 204 };
}

function describe(capture: Capture) {
  return {
    ...renderStatus(capture),
    vm: capture.target.name,
    foreign: capture.foreign,
    provisioningState: capture.provisioningState,
    storagePath: capture.storagePath,
    blob: capture.blob,
  };
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function wrong(status: number, error: string): Reply {
  return { status, body: { error } };
}
