import { describe, expect, it } from 'vitest';
import { parseTools } from '../../../src/adapters/sandbox/tools.ts';

describe('the tools of a sandbox', () => {
  it('are named as their versions say, without the end of the sentence that some write', () => {
    expect(parseTools('TShark (Wireshark) 4.4.19.\njq-1.7 \n\u001b[0m\n')).toEqual({
      tsharkVersion: 'TShark (Wireshark) 4.4.19',
      tools: ['TShark (Wireshark) 4.4.19', 'jq-1.7', '[0m'],
    });
  });

  it('are none where tshark is not among them', () => {
    expect(parseTools('jq-1.7\n')).toBeNull();
  });
});
