import { WORKSPACE } from '../workspace.ts';

/**
 * A script may take the permissions of the workspace itself away. They are its own to give back, and without them the
 * next command would find nothing. Only builtins where all is well.
 */
const ENTER = `[ -r ${WORKSPACE} ] && [ -w ${WORKSPACE} ] && [ -x ${WORKSPACE} ] || chmod 0700 ${WORKSPACE}
cd ${WORKSPACE} && exec "$@"`;

/** The command as one that begins in a workspace which it can use, whatever ran before it. */
export function entering(argv: readonly string[]): string[] {
  return ['bash', '-c', ENTER, 'enter', ...argv];
}
