import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseReply } from '../../src/forensics/parse-reply.ts';

const Plan = z.object({ script: z.string() });
const parse = (reply: string) => parseReply(reply, Plan)?.script ?? null;

describe('a model reply', () => {
  it.each([
    ['bare', '{"script": "echo 1"}'],
    ['in a fence', '```json\n{"script": "echo 1"}\n```'],
    ['in a fence without a language', 'Here it is:\n```\n{"script": "echo 1"}\n```\nGood luck!'],
    ['after a preamble with braces', 'I use {tshark} and {"a": 1} first. {"script": "echo 1"}'],
    ['after reasoning', '<think>maybe {"script": "rm -rf /"}?</think>\n{"script": "echo 1"}'],
    ['after reasoning whose beginning was cut', 'maybe {"script": "no"}</think>{"script": "echo 1"}'],
    ['after a draft', '{"script": "echo 0"} No, better: {"script": "echo 1"}'],
    ['with more keys', '{"thought": "x", "script": "echo 1"}'],
  ])('is read when the object stands %s', (_, reply) => {
    expect(parse(reply)).toBe('echo 1');
  });

  it('keeps braces and quotes inside the script', () => {
    const script = 'awk \'{ print "}" }\' <<< "{\\"x\\"}"';

    expect(parse(`Sure: ${JSON.stringify({ script })}`)).toBe(script);
  });

  it.each([
    ['line breaks', '{"script": "echo 1\n\techo 2"}', 'echo 1\n\techo 2'],
    [
      "the shell's own escapes",
      String.raw`{"script": "echo \$x | grep '\.' \\\\ \" \u0041"}`,
      String.raw`echo \$x | grep '\.' \\ " A`,
    ],
  ])('is read as it was meant with %s in its strings', (_, reply, script) => {
    expect(parse(reply)).toBe(script);
  });

  it.each([
    ['prose', 'I would run tshark -r /workspace/pocket.pcap -z conv,tcp.'],
    ['a bare script', '#!/usr/bin/env bash\ntshark -r x'],
    ['a list', '["echo 1"]'],
    ['the wrong key', '{"bash": "echo 1"}'],
    ['the wrong type', '{"script": ["echo 1"]}'],
    ['an object that was cut off', '{"script": "echo 1'],
    ['an answer only inside reasoning', '<think>{"script": "echo 1"}'],
    ['nothing', ''],
  ])('gives nothing when it is %s', (_, reply) => {
    expect(parse(reply)).toBeNull();
  });

  it('does not choke on endless braces', () => {
    expect(parse('{'.repeat(300_000))).toBeNull();
  });
});
