import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { withHeader } from '../../src/forensics/planner.ts';
import { PLAYBOOK } from '../../src/forensics/playbook.ts';

const HEADER = '#!/usr/bin/env bash\nset -euo pipefail\n';

describe('a script as it is run', () => {
  it.each([
    ['without a header', 'echo 1'],
    ['with a header', `${HEADER}echo 1`],
    ['with another shell', '#!/bin/sh\necho 1'],
    ['with half a header', '#!/bin/bash\n\nset -euo pipefail\necho 1\n'],
    ['with Windows line ends', '#!/usr/bin/env bash\r\nset -euo pipefail\r\necho 1\r\n'],
    ['in a fence', '```bash\necho 1\n```'],
  ])('begins with the two header lines when it came %s', (_, script) => {
    expect(withHeader(script)).toBe(`${HEADER}echo 1\n`);
  });
});

describe('the built-in playbook', () => {
  it('begins with the two header lines and is valid Bash', () => {
    const check = spawnSync('bash', ['-n'], { input: PLAYBOOK, encoding: 'utf8' });

    expect(PLAYBOOK.startsWith(HEADER)).toBe(true);
    expect(check).toMatchObject({ status: 0, stderr: '' });
  });
});
