import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { readCommandLine, usage } from '../../src/local-azure/cli/options.ts';
import { eventually } from './clients.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const entry = join(root, 'src', 'local-azure', 'main.ts');
const started: ChildProcess[] = [];
const directories: string[] = [];

afterEach(() => {
  started.splice(0).forEach((child) => child.kill('SIGTERM'));
  directories.splice(0).forEach((directory) => {
    rmSync(directory, { recursive: true });
  });
});

describe('the command line of Local Azure', () => {
  it('reads every flag', () => {
    const argv =
      '--port 8443 --seed 7 --time-scale 0.1 --fleet 40 --token-lifetime 60 --faults 0.1 --fault-kinds status-503,lro-stuck --session-limit 10 --throttle --refuse-parallel-writes --env';

    expect(readCommandLine([...argv.split(' '), '--dir', 'here'])).toEqual({
      help: false,
      env: true,
      options: {
        port: 8443,
        directory: 'here',
        seed: 7,
        timeScale: 0.1,
        fleet: 40,
        tokenLifetimeSeconds: 60,
        settings: {
          faultRate: 0.1,
          faultKinds: ['status-503', 'lro-stuck'],
          sessionLimit: 10,
          throttle: true,
          refuseParallelWrites: true,
        },
      },
    });
  });

  it.each(['--port=', '--port=70000', '--faults=2', '--fault-kinds=gremlins', '--fleet=-1', '--seed=1.5'])(
    'refuses %s and names the flag',
    (argument) => {
      const [flag = ''] = argument.split('=');

      expect(() => readCommandLine([argument])).toThrow(flag);
    },
  );

  it('explains itself, every flag on a line', async () => {
    const { stdout } = await run(process.execPath, [entry, '--help']);

    expect(stdout).toBe(usage());
    expect(stdout.match(/^ {2}--[a-z-]+/gmu)).toHaveLength(13);
  });

  it('prints lines with which a plain Azure SDK program signs in, and outlives a shell that started it with &', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'local-azure-env-'));
    directories.push(directory);
    const lines = join(directory, 'env.sh');
    const output = openSync(lines, 'w');
    const child = spawn(process.execPath, [entry, '--time-scale', '0.1', '--env'], {
      stdio: ['ignore', output, 'ignore'],
    });
    started.push(child);
    closeSync(output);
    await eventually(
      () => Promise.resolve(readFileSync(lines, 'utf8')),
      (text) => text.includes('LOCAL_AZURE_RESOURCE_GROUP'),
    );
    const program = join(directory, 'program.mjs');
    writeFileSync(
      program,
      `import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(join(root, 'package.json'))});
const { EnvironmentCredential } = require('@azure/identity');
const { ComputeManagementClient } = require('@azure/arm-compute');
const credential = new EnvironmentCredential({ disableInstanceDiscovery: true });
const options = { endpoint: process.env.LOCAL_AZURE_ARM_ENDPOINT };
const compute = new ComputeManagementClient(credential, process.env.AZURE_SUBSCRIPTION_ID, options);
for await (const { name } of compute.virtualMachines.listAll()) console.log(name);
`,
    );

    const { stdout } = await run('sh', ['-c', `. ${lines} && exec ${process.execPath} ${program}`]);

    expect(stdout).toMatch(/^web-01$/mu);
    expect(child.exitCode).toBeNull();
  });
});
