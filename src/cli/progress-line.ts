import type { OnProgress } from '../ports.ts';
import { oneLine } from '../server/one-line.ts';
import { MAX_LINE, type Shell } from './command.ts';

const BAR_CELLS = 20;

/** Progress for people: one line that is rewritten on a terminal, plain lines where the message changes elsewhere. */
export function createProgressLine({ stderr }: Shell): { show: OnProgress; end: () => void } {
  let last = '';
  const terminal = stderr.isTTY === true;
  return {
    show: ({ fraction, message: said }) => {
      const message = oneLine(said, MAX_LINE);
      if (terminal) {
        stderr.write(`\r\u001B[K${bar(fraction)} ${message}`);
      } else if (withoutNumbers(message) !== withoutNumbers(last)) {
        stderr.write(`${message}\n`);
      }
      last = message;
    },
    end: () => {
      if (terminal && last !== '') {
        stderr.write('\r\u001B[K');
      }
    },
  };
}

/** Outside a terminal a counter would fill the log. */
function withoutNumbers(message: string): string {
  return message.replace(/[\d.]+/g, '');
}

function bar(fraction: number | null): string {
  if (fraction === null) {
    return `[${'.'.repeat(BAR_CELLS)}]`;
  }
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
}
