import type { Packet } from '../packet.ts';
import { number, text } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** SIP by method and by answer. */
export interface CallMessages {
  methods: Tally;
  /** "INVITE 200". */
  answers: Tally;
}

export function createCallMessages() {
  const methods = createTally(200);
  const answers = createTally(2_000);
  return {
    add({ row, layers }: Packet): void {
      if (!layers.includes('sip')) return;
      const status = number(row, 'sip.Status-Code');
      if (status !== null) answers.add(`${text(row, 'sip.CSeq.method').slice(0, 20)} ${status}`);
      else if (text(row, 'sip.Method') !== '') methods.add(text(row, 'sip.Method').slice(0, 20));
    },
    finish: (): CallMessages => ({ methods, answers }),
  };
}
