import { describe, expect, it } from 'vitest';
import { validateFilters } from '../../src/domain/filters.ts';

const ip = (local_ip: string) => [{ protocol: 'Any' as const, local_ip }];
const port = (remote_port: string) => [{ protocol: 'TCP' as const, remote_port }];

describe('capture filters', () => {
  it.each([
    '10.0.0.4',
    '10.0.0.4-10.0.0.9',
    '10.0.0.4;10.0.0.7',
    '10.0.0.4;',
    'fd00::1',
    '2001:db8::1-2001:db8::9',
    '2001:db8::ffff-2001:db8::1:0',
    '::1-::1',
    '9.255.255.255-10.0.0.0',
  ])('takes the address %s', (value) => expect(() => validateFilters(ip(value))).not.toThrow());
  it.each([
    '10.0.0.0/24',
    '1.1.1.1-255.255.255',
    '10.0.0.4;10.0.0.6-10.0.0.9',
    '',
    ';',
    '10.0.0.256',
    'web-01',
    '1::2::3',
    '1:2:3:4:5:6:7::8',
    '10.0.0.9-10.0.0.4',
    '2001:db8::9-2001:db8::1',
    '10.0.0.4-fd00::1',
    '010.0.0.4',
    '10.0.0.4;;10.0.0.7',
    '10.0.0.4\n',
    '10.0.0.4;'.repeat(300),
  ])('refuses the address %j and names the field', (value) =>
    expect(() => validateFilters(ip(value))).toThrow(/filters\[0\]\.local_ip/),
  );
  it.each(['443', '80-85', '80-80', '80;443', '80;443;'])('takes the port %s', (value) =>
    expect(() => validateFilters(port(value))).not.toThrow(),
  );
  it.each(['0', '70000', '80,443', '80-85;90', 'http', '80-', '90-80', '80-90-99', '80;;443', '-'])(
    'refuses the port %j',
    (value) => expect(() => validateFilters(port(value))).toThrow(/remote_port/),
  );
});
