import { describe, expect, it } from 'vitest';
import { filtersOf, readScript } from '../../../src/forensics/plan/rules.ts';
import { programsOf, tsharkCalls } from '../../../src/forensics/plan/tshark-calls.ts';
import { readShellScript } from '../../../src/forensics/plan/shell-script.ts';
import { PLAYBOOK } from '../../../src/forensics/playbook.ts';

/** Each call of tshark as one line: its line number and its options, `?` for what only a run could tell. */
const callsIn = (script: string) =>
  tsharkCalls(readShellScript(script)).map(
    ({ line, options }) =>
      `${line}: ${options.map(({ name, value }) => [name, value === null ? '?' : value].filter((part) => part !== '' && part !== undefined).join(' ')).join(' ')}`,
  );

describe('the calls of tshark in a script', () => {
  it.each([
    ['plain', "tshark -n -r a.pcap -Y 'tcp.port == 80'", ['1: -n -r a.pcap -Y tcp.port == 80']],
    ['with joined options', 'tshark -nr a.pcap -qz io,phs -Yip', ['1: -n -r a.pcap -q -z io,phs -Y ip']],
    ['over several lines', 'tshark \\\n  -n \\\n  -Y "dns && \\"x\\""', ['1: -n -Y dns && "x"']],
    ['with its own words for options', 'tshark --read-file=a --display-filter ip', ['1: -r a -Y ip']],
    ['in a pipeline', 'true | tshark -r a 2>/dev/null | awk \'{ print "tshark -Y no" }\' >b', ['1: -r a']],
    [
      'in a substitution',
      'x=$(tshark -r a | wc -l)\necho "n: $(tshark -r b)" `date`',
      ['1: -r a', '2: -r b'],
    ],
    ['in a substituted process', 'while read -r l; do echo "$l"; done < <(tshark -r a)', ['1: -r a']],
    [
      'behind a prefix',
      'timeout 20 tshark -r a; command tshark -r b; command -v tshark',
      ['1: -r a', '1: -r b'],
    ],
    ['behind if and !', 'if ! tshark -r a; then :; elif tshark -r b; then :; fi', ['1: -r a', '1: -r b']],
    [
      'with values in variables',
      'P=/c.pcap; f=\'ip\'\nf+=\' && tcp\'\ntshark -r "$P" -Y "$f"',
      ['3: -r /c.pcap -Y ip && tcp'],
    ],
    ['with split options in a variable', 'o="-n -q"\ntshark $o -r a', ['2: -n -q -r a']],
    [
      'with fields in an array',
      'F=(-e ip.src # one\n  -e ip.dst)\ntshark -r a "${F[@]}"',
      ['3: -r a -e ip.src -e ip.dst'],
    ],
    ['with a value that changes', 'f=ip\nif true; then f=tcp; fi\ntshark -r a -Y "$f"', ['3: -r a -Y ?']],
    ['with the value of a loop', 'for f in ip tcp; do tshark -r a -Y "$f.len > 0"; done', ['1: -r a -Y ?']],
    ['with an argument', 'q() {\n  tshark -r a -Y "$1"\n}\nq dns', ['2: -r a -Y ?']],
    [
      'through a function',
      'q() { local t=$1; shift; tshark -r a "$@"; }\nq title -Y dns',
      ['1: -r a ?', '2: ? -Y dns'],
    ],
    ['handed to a function', 'answer() { "$@"; }\nanswer "title" tshark -r a -Y dns', ['2: -r a -Y dns']],
    [
      'in a branch',
      'case $x in\n  a|"b)") tshark -r a ;; # )\n  *) tshark -r b\nesac\ntshark -r c',
      ['2: -r a', '3: -r b', '5: -r c'],
    ],
  ])('are found %s', (_, script, calls) => {
    expect(callsIn(script)).toEqual(calls);
  });

  it.each([
    ['a comment', "# tshark -Y 'x'\necho a#b # tshark"],
    ['a string', `echo "tshark -Y 'x'" 'tshark -r'`],
    ['a here-document', "cat <<EOF\ntshark -Y \"x\nEOF\ncat <<-'E'\n\ttshark (\n\tE\necho"],
    ['arithmetic and tests', '(( tshark > 3 ))\n[[ $a == tshark && -n b ]]\nx=$((tshark + 1))'],
    ['a question', 'command -v tshark >/dev/null; type tshark; which tshark'],
  ])('are none in %s', (_, script) => {
    expect(callsIn(script)).toEqual([]);
  });

  it.each([
    "echo 'never ends",
    'echo "$(tshark',
    'case x in',
    'f() {',
    '${',
    '$((',
    'a=(',
    '<<X',
    '`',
    '[[',
    ')',
    '"$',
  ])('end the reading of %j without an error', (script) => {
    expect(() => readScript(script)).not.toThrow();
  });

  it('of the built-in playbook keep to the rules', () => {
    const { calls, objections } = readScript(PLAYBOOK);

    expect(objections).toEqual([]);
    expect(calls).toHaveLength(2);
    expect([...filtersOf(calls).keys()]).toEqual([
      expect.stringMatching(/^tcp\.flags\.syn==1 \|\| .* \|\| arp$/),
    ]);
  });
});

describe('the programs of a script', () => {
  it('are those that it calls without ever asking for them', () => {
    const script = `have() { command -v "$1" >/dev/null; }
if have jq; then jq .; fi
mapfile -t rows < <(sort x | uniq -c)
for tool in xxd; do command -v "$tool" || true; done
xxd a; [[ -n $y ]] && base64 b
awk '{ print }' | 2>/dev/null column -t; IFS=, read -r a
"$unknown" z; ./own; function g { :; }; g`;

    expect([...programsOf(readShellScript(script)).keys()]).toEqual([
      'command',
      'sort',
      'uniq',
      'mapfile',
      'true',
      'base64',
      'awk',
      'column',
      'read',
    ]);
  });
});
