import type { Model, SandboxSession } from '../ports.ts';
import type { Prompts } from './prompts.ts';
import type { Transcript } from './transcript.ts';

/** The same model, if there is one; every request, its answer or what it failed with, and the time it took go into the transcript. */
export function recorded(
  { model, prompts }: { model: Model | null; prompts: Pick<Prompts, 'nameOf'> },
  transcript: Transcript,
): Model | null {
  if (model === null) return null;
  return {
    name: model.name,
    complete: async (request) => {
      const { system, user } = request;
      const asked = await transcript.asked({ system: prompts.nameOf(system), model: model.name, user });
      try {
        const reply = await model.complete(request);
        await asked.replied(reply);
        return reply;
      } catch (error) {
        await asked.failed(error);
        throw error;
      }
    },
  };
}

/** The same session; scripts that go in and commands that run go into the transcript of the attempt under way. */
export function recordRuns(session: SandboxSession, transcript: Transcript): SandboxSession {
  return {
    get isolation() {
      return session.isolation;
    },
    get tsharkVersion() {
      return session.tsharkVersion;
    },
    get tools() {
      return session.tools;
    },
    uploadFile: (localPath, sandboxPath) => session.uploadFile(localPath, sandboxPath),
    uploadBytes: async (bytes, sandboxPath) => {
      await transcript.uploaded(sandboxPath, bytes);
      await session.uploadBytes(bytes, sandboxPath);
    },
    run: async (command) => {
      const result = await session.run(command);
      await transcript.ran(command, result);
      return result;
    },
    stop: () => session.stop(),
  };
}
