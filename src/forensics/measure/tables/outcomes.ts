import { createBoundedMap } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { numbers, type Row } from '../row.ts';

/** How often servers of one protocol gave one answer. */
export interface Outcome {
  protocol: 'SMB' | 'Kerberos' | 'LDAP';
  result: string;
  count: number;
  /** Servers that gave it, at most MAX_SERVERS. */
  servers: Set<string>;
}

const MAX_ROWS = 2_000;
const MAX_SERVERS = 1_000;

/** What servers of Windows networks answered: SMB statuses, Kerberos messages and errors, LDAP results. */
export function createOutcomes() {
  const outcomes = createBoundedMap<Outcome>(MAX_ROWS, (key) => {
    const [protocol = '', ...result] = key.split(' ');
    return {
      protocol: protocol === 'SMB' || protocol === 'LDAP' ? protocol : 'Kerberos',
      result: result.join(' '),
      count: 0,
      servers: new Set(),
    };
  });
  return {
    add({ row, layers, source }: Packet): void {
      for (const layer of LAYERS) {
        if (!layers.includes(layer.name)) continue;
        for (const result of layer.results(row)) {
          const outcome = outcomes.at(`${layer.protocol} ${result}`);
          if (outcome === null) continue;
          outcome.count += 1;
          if (source !== null && outcome.servers.size < MAX_SERVERS) outcome.servers.add(source);
        }
      }
    },
    finish: (): Outcome[] => outcomes.values(),
  };
}

const LAYERS: readonly { name: string; protocol: Outcome['protocol']; results: (row: Row) => string[] }[] = [
  { name: 'smb2', protocol: 'SMB', results: (row) => numbers(row, 'smb2.nt_status').map(statusName) },
  { name: 'smb', protocol: 'SMB', results: (row) => numbers(row, 'smb.nt_status').map(statusName) },
  {
    name: 'kerberos',
    protocol: 'Kerberos',
    results: (row) => [
      ...numbers(row, 'kerberos.msg_type').flatMap((type) => TICKETS.get(type) ?? []),
      ...numbers(row, 'kerberos.error_code').map((code) => KERBEROS_ERRORS.get(code) ?? `KRB_ERROR ${code}`),
    ],
  },
  {
    name: 'ldap',
    protocol: 'LDAP',
    results: (row) =>
      numbers(row, 'ldap.resultCode').map((code) => LDAP_RESULTS.get(code) ?? `result ${code}`),
  },
];

const statusName = (status: number): string =>
  STATUSES.get(status) ?? `0x${status.toString(16).padStart(8, '0')}`;

/** [MS-ERREF] 2.3, those that people meet. */
const STATUSES = new Map([
  [0x00000000, 'STATUS_SUCCESS'],
  [0x00000103, 'STATUS_PENDING'],
  [0x0000010c, 'STATUS_NOTIFY_ENUM_DIR'],
  [0x80000005, 'STATUS_BUFFER_OVERFLOW'],
  [0x80000006, 'STATUS_NO_MORE_FILES'],
  [0xc0000010, 'STATUS_INVALID_DEVICE_REQUEST'],
  [0xc000000d, 'STATUS_INVALID_PARAMETER'],
  [0xc000000f, 'STATUS_NO_SUCH_FILE'],
  [0xc0000016, 'STATUS_MORE_PROCESSING_REQUIRED'],
  [0xc0000022, 'STATUS_ACCESS_DENIED'],
  [0xc0000033, 'STATUS_OBJECT_NAME_INVALID'],
  [0xc0000034, 'STATUS_OBJECT_NAME_NOT_FOUND'],
  [0xc0000035, 'STATUS_OBJECT_NAME_COLLISION'],
  [0xc000003a, 'STATUS_OBJECT_PATH_NOT_FOUND'],
  [0xc0000043, 'STATUS_SHARING_VIOLATION'],
  [0xc0000064, 'STATUS_NO_SUCH_USER'],
  [0xc000006a, 'STATUS_WRONG_PASSWORD'],
  [0xc000006d, 'STATUS_LOGON_FAILURE'],
  [0xc000006e, 'STATUS_ACCOUNT_RESTRICTION'],
  [0xc0000071, 'STATUS_PASSWORD_EXPIRED'],
  [0xc0000072, 'STATUS_ACCOUNT_DISABLED'],
  [0xc00000b0, 'STATUS_PIPE_DISCONNECTED'],
  [0xc00000ba, 'STATUS_FILE_IS_A_DIRECTORY'],
  [0xc00000bb, 'STATUS_NOT_SUPPORTED'],
  [0xc00000cc, 'STATUS_BAD_NETWORK_NAME'],
  [0xc0000128, 'STATUS_FILE_CLOSED'],
  [0xc0000225, 'STATUS_NOT_FOUND'],
  [0xc0000234, 'STATUS_ACCOUNT_LOCKED_OUT'],
  [0xc0000257, 'STATUS_PATH_NOT_COVERED'],
]);

/** RFC 4120, section 5.10: answers only. */
const TICKETS = new Map([
  [11, 'AS-REP'],
  [13, 'TGS-REP'],
  [15, 'AP-REP'],
]);

/** RFC 4120, section 7.5.9. */
const KERBEROS_ERRORS = new Map([
  [6, 'KDC_ERR_C_PRINCIPAL_UNKNOWN'],
  [7, 'KDC_ERR_S_PRINCIPAL_UNKNOWN'],
  [12, 'KDC_ERR_POLICY'],
  [13, 'KDC_ERR_BADOPTION'],
  [14, 'KDC_ERR_ETYPE_NOSUPP'],
  [18, 'KDC_ERR_CLIENT_REVOKED'],
  [23, 'KDC_ERR_KEY_EXPIRED'],
  [24, 'KDC_ERR_PREAUTH_FAILED'],
  [25, 'KDC_ERR_PREAUTH_REQUIRED'],
  [31, 'KRB_AP_ERR_BAD_INTEGRITY'],
  [32, 'KRB_AP_ERR_TKT_EXPIRED'],
  [37, 'KRB_AP_ERR_SKEW'],
  [41, 'KRB_AP_ERR_MODIFIED'],
  [52, 'KRB_ERR_RESPONSE_TOO_BIG'],
  [60, 'KRB_ERR_GENERIC'],
  [68, 'KDC_ERR_WRONG_REALM'],
]);

/** RFC 4511, appendix A. */
const LDAP_RESULTS = new Map([
  [0, 'success'],
  [1, 'operationsError'],
  [2, 'protocolError'],
  [4, 'sizeLimitExceeded'],
  [8, 'strongerAuthRequired'],
  [10, 'referral'],
  [14, 'saslBindInProgress'],
  [32, 'noSuchObject'],
  [34, 'invalidDNSyntax'],
  [48, 'inappropriateAuthentication'],
  [49, 'invalidCredentials'],
  [50, 'insufficientAccessRights'],
  [51, 'busy'],
  [52, 'unavailable'],
  [53, 'unwillingToPerform'],
  [68, 'entryAlreadyExists'],
]);
