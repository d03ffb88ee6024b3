import { accessSync, constants, mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createForensics } from '../app.ts';
import type { Config } from '../config.ts';
import { inertJson } from '../domain/inert-json.ts';
import type { Check } from './check.ts';
import type { Command } from './command.ts';
import { sandboxCheck } from './sandbox-check.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';

/** `capwright doctor`: what works, what is missing, and the one command that fixes each. */
export const doctor: Command = async (args, shell) => {
  const { values } = parseArgs({
    args,
    options: { ...COMMON_OPTIONS, json: { type: 'boolean', default: false } },
  });
  const config = configOf(values, shell);
  const checks: Check[] = [nodeCheck(), stateCheck(config)];
  if (checks.every(({ state }) => state === 'ok')) {
    const forensics = createForensics(config, logOf(shell, 'error'));
    try {
      checks.push(await sandboxCheck(forensics.sandbox, shell.stop));
    } finally {
      forensics.close();
    }
  }
  checks.push(azureCheck(config), modelCheck(config), platformCheck());
  const facts = checks.map(({ more: _lines, ...check }) => check);
  shell.stdout.write(values.json ? `${inertJson(facts, 2)}\n` : describe(checks));
  return checks.some(({ state }) => state === 'missing') ? 1 : 0;
};

const INDENT = ' '.repeat(20);

function describe(checks: readonly Check[]): string {
  return checks
    .map(({ name, state, detail, more = [], fix }) => {
      const below = [...more, ...(fix === null ? [] : [`fix: ${fix}`])];
      const lines = [`${state.padEnd(9)} ${name.padEnd(9)} ${detail}`, ...below.map((line) => INDENT + line)];
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

function nodeCheck(): Check {
  return { name: 'node', state: 'ok', detail: process.versions.node, fix: null };
}

function stateCheck({ stateDir }: Config): Check {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    accessSync(stateDir, constants.R_OK | constants.W_OK);
    return { name: 'state', state: 'ok', detail: stateDir, fix: null };
  } catch {
    return {
      name: 'state',
      state: 'missing',
      detail: `${stateDir} can't be written`,
      fix: 'set CAPWRIGHT_STATE_DIR to a folder of yours',
    };
  }
}

function azureCheck({ azure }: Config): Check {
  return azure.subscriptionId === null
    ? {
        name: 'azure',
        state: 'optional',
        detail: 'no subscription configured; start_capture then needs subscription_id',
        fix: 'az login, then export AZURE_SUBSCRIPTION_ID=$(az account show --query id -o tsv)',
      }
    : { name: 'azure', state: 'ok', detail: `subscription ${azure.subscriptionId}`, fix: null };
}

function modelCheck({ model, modelLimits, privacy }: Config): Check {
  const sent = privacy === 'facts-only' ? '; it is told no text out of packets' : '';
  const cost =
    modelLimits.prices === null ? '; what it costs is not told without CAPWRIGHT_MODEL_PRICES' : '';
  if (model === null) {
    return {
      name: 'model',
      state: 'optional',
      detail: 'none configured; the built-in playbook and reporter do the work',
      fix: 'export ANTHROPIC_API_KEY=..., or OPENAI_API_KEY=... or OPENAI_API_BASE=...',
    };
  }
  if (model.provider === 'sampling') {
    const detail = `sampling: the MCP host's own, where it offers one${sent}`;
    return { name: 'model', state: 'ok', detail, fix: null };
  }
  const { provider, name, baseUrl } = model;
  const detail = `${provider}: ${name ?? "the provider's default"}${at(baseUrl)}${sent}${cost}`;
  return { name: 'model', state: 'ok', detail, fix: null };
}

/** The host alone: the rest of an address may hold a key. */
function at(baseUrl: string | null): string {
  if (baseUrl === null) return '';
  return URL.canParse(baseUrl) ? ` at ${new URL(baseUrl).host}` : ' at an address that is none';
}

function platformCheck(): Check {
  return process.platform === 'linux'
    ? { name: 'platform', state: 'ok', detail: 'Linux, where everything is proved', fix: null }
    : {
        name: 'platform',
        state: 'optional',
        detail: `${process.platform}: not verified, everything is proved on Linux`,
        fix: null,
      };
}
