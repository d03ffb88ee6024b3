import type { Severity } from '../../../domain/finding.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { matches } from './sign.ts';
import { payloadOf } from './payload.ts';
import type { Packet } from '../packet.ts';
import { all, number, numbers, text, type Row } from '../row.ts';

/** A call of Windows' remote procedures, or a file of Windows' shares, that one packet of the client shows. */
export interface WindowsSign {
  kind: FindingKind;
  /** For people: what the client did. */
  name: string;
  severity: Severity;
  shows: (packet: Packet) => boolean;
  /** Display filter for the same packets. */
  filter: string;
}

type Interface =
  | 'svcctl'
  | 'drsuapi'
  | 'netlogon'
  | 'samr'
  | 'atsvc'
  | 'dssetup'
  | 'efs'
  | 'spoolss'
  | 'iremotewinspool'
  | 'winreg'
  | 'isystemactivator';

const REQUEST = 0;
const SMB_PORTS = [139, 445];
/** The file names of remote execution tools: Sysinternals PsExec and what was made after it. */
const TOOLS = 'psexesvc|remcom|csexec|paexec|winexesvc|smbexec';
const TOOL_FILE = new RegExp(TOOLS, 'i');
const PROGRAM_PATTERN = String.raw`MZ.{30,400}This program (cannot|must) be run`;
const PROGRAM = new RegExp(PROGRAM_PATTERN, 's');
const HIDDEN_SHARE = /(admin|[\\][a-z])[$]$/i;
const HIDDEN_SHARE_PATTERN = String.raw`(?i)(admin|[\\][a-z])[$]$`;

const call = (
  kind: FindingKind,
  name: string,
  severity: Severity,
  api: Interface,
  operations: readonly number[],
): WindowsSign => ({
  kind,
  name,
  severity,
  shows: ({ row }) =>
    isRequest(row) && numbers(row, `${api}.opnum`).some((opnum) => operations.includes(opnum)),
  filter: `${api}.opnum in {${operations.join(', ')}} && dcerpc.pkt_type == 0`,
});
const isRequest = (row: Row): boolean => numbers(row, 'dcerpc.pkt_type').includes(REQUEST);

const bind = (name: string, uuid: string): WindowsSign => ({
  kind: 'lateral_movement',
  name,
  severity: 'medium',
  // 11 binds, 14 adds an interface; the answers 12 and 15 do not repeat it.
  shows: ({ row }) => all(row, 'dcerpc.cn_bind_to_uuid').includes(uuid),
  filter: `dcerpc.cn_bind_to_uuid == ${uuid}`,
});

const toShare = ({ transport }: Packet): boolean => SMB_PORTS.includes(transport?.targetPort ?? 0);

/** Numbers of operations: MS-SCMR, MS-DRSR, MS-NRPC, MS-SAMR, MS-TSCH, MS-DSSP, MS-WMI. */
export const WINDOWS_SIGNS: readonly WindowsSign[] = [
  {
    kind: 'lateral_movement',
    name: 'used the file or pipe of a remote execution tool',
    severity: 'high',
    shows: (packet) =>
      toShare(packet) &&
      (TOOL_FILE.test(text(packet.row, 'smb2.filename')) || TOOL_FILE.test(text(packet.row, 'smb.file'))),
    filter: `(smb2.filename matches "(?i)(${TOOLS})" || smb.file matches "(?i)(${TOOLS})") && tcp.dstport in {139, 445}`,
  },
  {
    kind: 'lateral_movement',
    name: 'wrote to an administrative share',
    severity: 'medium',
    shows: (packet) =>
      toShare(packet) &&
      numbers(packet.row, 'smb2.cmd').includes(9) &&
      all(packet.row, 'smb2.tree').some((tree) => HIDDEN_SHARE.test(tree)),
    filter: `smb2.tree matches r"${HIDDEN_SHARE_PATTERN}" && smb2.cmd == 9 && tcp.dstport in {139, 445}`,
  },
  {
    kind: 'lateral_movement',
    name: 'wrote to an administrative share',
    severity: 'medium',
    shows: (packet) =>
      toShare(packet) &&
      numbers(packet.row, 'smb.cmd').includes(0x2f) &&
      all(packet.row, 'smb.path').some((tree) => HIDDEN_SHARE.test(tree)),
    filter: `smb.path matches r"${HIDDEN_SHARE_PATTERN}" && smb.cmd == 0x2f && tcp.dstport in {139, 445}`,
  },
  {
    kind: 'lateral_movement',
    name: 'copied a program to a share',
    severity: 'medium',
    shows: (packet) =>
      toShare(packet) && numbers(packet.row, 'smb2.cmd').includes(9) && PROGRAM.test(payloadOf(packet)),
    filter: `${matches('tcp', PROGRAM_PATTERN)} && smb2.cmd == 9 && tcp.dstport in {139, 445}`,
  },
  {
    kind: 'lateral_movement',
    name: 'used remote management (WinRM)',
    severity: 'medium',
    shows: ({ row }) =>
      text(row, 'http.request.method') === 'POST' && text(row, 'http.request.uri').startsWith('/wsman'),
    filter: 'http.request.method == "POST" && http.request.uri matches r"(?-i)^/wsman"',
  },
  call('lateral_movement', 'created a service', 'high', 'svcctl', [12, 24, 44, 45, 60]),
  call('lateral_movement', 'scheduled a job', 'high', 'atsvc', [0]),
  call('lateral_movement', 'changed the registry of another machine', 'medium', 'winreg', [6, 22]),
  call('lateral_movement', 'created an object on another machine (DCOM)', 'medium', 'isystemactivator', [4]),
  bind('used the task scheduler', '86d35949-83c9-4044-b424-db363231fd0c'),
  bind('used management instrumentation (WMI)', '9556dc99-828c-11cf-a37e-00aa003240c7'),
  call('dcsync', 'asked for the directory as domain controllers do', 'high', 'drsuapi', [3, 5, 17]),
  {
    kind: 'exploit',
    name: 'logged on to Netlogon with a credential of zeros (Zerologon, CVE-2020-1472)',
    severity: 'high',
    shows: ({ row }) =>
      /^0{16}$/.test(text(row, 'netlogon.clientcred').replaceAll(':', '')) &&
      [5, 15, 26].includes(number(row, 'netlogon.opnum') ?? -1),
    filter: 'netlogon.clientcred == 00:00:00:00:00:00:00:00 && netlogon.opnum in {5, 15, 26}',
  },
  call(
    'exploit',
    'called DsRolerUpgradeDownlevelServer, the hole of Sasser (MS04-011)',
    'high',
    'dssetup',
    [9],
  ),
  call(
    'exploit',
    'made a host log on elsewhere through its encrypting file system (PetitPotam, CVE-2021-36942)',
    'high',
    'efs',
    [0, 4, 5, 6, 7, 12, 15],
  ),
  call(
    'exploit',
    'made a host log on elsewhere through its print spooler (PrinterBug)',
    'medium',
    'spoolss',
    [62, 65],
  ),
  call(
    'exploit',
    'loaded a printer driver from afar, as PrintNightmare does (CVE-2021-34527)',
    'medium',
    'spoolss',
    [89],
  ),
  call(
    'exploit',
    'loaded a printer driver from afar, as PrintNightmare does (CVE-2021-34527)',
    'medium',
    'iremotewinspool',
    [39],
  ),
  call('password_changed', 'set the password of an account', 'medium', 'samr', [37, 58]),
  call('password_changed', 'changed a password', 'low', 'samr', [38, 54, 55, 63]),
  call('password_changed', 'changed the password of a machine', 'low', 'netlogon', [6, 30]),
];
