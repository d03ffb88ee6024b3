import { type ChildProcess, fork } from 'node:child_process';
import { chown, copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NO_ISOLATION } from '../../../../src/domain/isolation.ts';
import type { Sandbox, SandboxSession } from '../../../../src/ports.ts';
import { folderOf } from '../bubblewrap/server.ts';
import { SANDBOX_DIR } from '../docker/support.ts';
import { bubblewrapEngine } from './bubblewrap-engine.ts';
import { type Engine, LIMITS, type Owner } from './engine.ts';
import { Answer, Control, Opened, type Request, Result, Status } from './user-calls.ts';

const FIXTURE = resolve(import.meta.dirname, '../../../fixtures/hostile/user-server.ts');
const UID = 1000;

/**
 * bubblewrap under a server that is not root, in a process of its own. There a script is, to the host, the very user that
 * the server is: it owns the workspace, and also the pipes that its output goes through.
 */
export const userEngine: Engine = createUserEngine();

function createUserEngine(): Engine {
  let server: Server | null = null;
  const ask: Ask = (request) => (server ??= startServer()).ask(request);
  return {
    ...bubblewrapEngine,
    name: 'bubblewrap not as root',
    hostUid: UID,
    sandbox: (folder, owner) => sandboxOf(ask, folder, owner),
    control: async (capture, without, ...programs) =>
      Control.parse(
        await ask({
          call: 'control',
          capture,
          without: [...without],
          programs: programs.map((argv) => [...argv]),
        }),
      ),
  };
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Ask = (request: WithoutId<Request>) => Promise<unknown>;

function sandboxOf(ask: Ask, folder: string, owner: Owner): Pick<Sandbox, 'open' | 'status'> {
  return {
    async status() {
      const home = await folderOf(UID);
      try {
        const status = await ask({ call: 'status', folder: home.folder });
        return { ...Status.parse(status), isolation: NO_ISOLATION };
      } finally {
        await home.remove();
      }
    },
    async open({ capturePath, limits }) {
      await chown(folder, UID, UID);
      await copyFile(join(SANDBOX_DIR, 'seccomp.json'), join(folder, 'seccomp.json'));
      const opened = Opened.parse(
        await ask({ call: 'open', folder, ...owner, capturePath, limits: { ...LIMITS, ...limits } }),
      );
      return sessionOf(ask, opened);
    },
  };
}

function sessionOf(ask: Ask, { session, ...facts }: ReturnType<typeof Opened.parse>): SandboxSession {
  return {
    ...facts,
    async run({ argv, timeoutMs, maxOutputBytes, stdin, onStdout }) {
      if (stdin !== undefined && !(stdin instanceof Uint8Array))
        throw new Error('only bytes at hand go there');
      const command = { argv: [...argv], timeoutMs, maxOutputBytes, stdin, streamed: onStdout !== undefined };
      return Result.parse(await ask({ call: 'run', session, ...command }));
    },
    async uploadBytes(bytes, path) {
      await ask({ call: 'upload', session, bytes, path });
    },
    uploadFile: () => Promise.reject(new Error('the hostile suite uploads no files')),
    async stop() {
      await ask({ call: 'stop', session });
    },
  };
}

interface Server {
  ask: Ask;
}

function startServer(): Server {
  const child: ChildProcess = fork(FIXTURE, [String(UID)], { serialization: 'advanced', execArgv: [] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', (message) => {
    const { id, value, failure } = Answer.parse(message);
    if (failure === undefined) waiting.get(id)?.resolve(value);
    else waiting.get(id)?.reject(Object.assign(new Error(failure.message), failure));
    waiting.delete(id);
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the other user’s server ended'));
  });
  // It ends when this process does, and keeps it from nothing.
  child.unref();
  child.channel?.unref();
  let last = 0;
  return {
    ask(request) {
      const answer = Promise.withResolvers<unknown>();
      last += 1;
      waiting.set(last, answer);
      child.send({ ...request, id: last });
      return answer.promise;
    },
  };
}
