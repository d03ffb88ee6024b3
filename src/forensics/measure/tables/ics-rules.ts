import type { Severity } from '../../../domain/finding.ts';
import { oneOf } from '../filter.ts';
import type { Packet } from '../packet.ts';
import { has, number, numbers } from '../row.ts';

export type IcsKind = 'ics_unauthorized_command' | 'ics_exception' | 'ics_malformed';

/** What one packet of an industrial protocol shows all by itself. */
export interface IcsRule {
  kind: IcsKind;
  /** For people. */
  protocol: string;
  layer: string;
  severity: Severity;
  /** Completes "asked the device to .." or "answered with ..". */
  what: string;
  shows(packet: Packet): boolean;
  /** Display filter for the same packets. */
  filter: string;
}

type Field = Parameters<typeof numbers>[1];

/** Any value of the field is one of these, as display filters mean it. */
const among = (packet: Packet, field: Field, values: readonly number[]): boolean =>
  numbers(packet.row, field).some((value) => values.includes(value));

const order = (
  [protocol, layer, condition, guard]: readonly [string, string, string, (packet: Packet) => boolean],
  severity: Severity,
  [field, values]: [Field, readonly number[]],
  what: string,
): IcsRule => ({
  kind: 'ics_unauthorized_command',
  protocol,
  layer,
  severity,
  what,
  shows: (packet) => guard(packet) && among(packet, field, values),
  filter: `${condition} && ${oneOf(field, values)}`,
});

const MODBUS = [
  'Modbus',
  'modbus',
  'tcp.dstport == 502',
  ({ transport }: Packet) => transport?.targetPort === 502,
] as const;
const S7 = [
  'S7comm',
  's7comm',
  's7comm.header.rosctr == 1',
  (packet: Packet) => number(packet.row, 's7comm.header.rosctr') === 1,
] as const;
const DNP3 = ['DNP3', 'dnp3', 'dnp3', () => true] as const;
const BACNET = [
  'BACnet',
  'bacapp',
  'bacapp.type == 0',
  (packet: Packet) => among(packet, 'bacapp.type', [0]),
] as const;
const IEC104 = [
  'IEC 60870-5-104',
  'iec60870_asdu',
  'iec60870_asdu.causetx == 6',
  (packet: Packet) => among(packet, 'iec60870_asdu.causetx', [6]),
] as const;
const FINS = ['OMRON FINS', 'omron', 'omron', () => true] as const;
const PROFINET = [
  'PROFINET DCP',
  'pn_dcp',
  'pn_dcp.service_id == 4 && pn_dcp.service_type == 0',
  ({ row }: Packet) => number(row, 'pn_dcp.service_id') === 4 && number(row, 'pn_dcp.service_type') === 0,
] as const;
const CIP = ['CIP', 'cip', 'cip.rr == 0', (packet: Packet) => among(packet, 'cip.rr', [0])] as const;
/** Get_Attributes_All, _List and _Single: reading. */
const CIP_READS = [0x01, 0x03, 0x0e];
/** Classes that hold what the device is and does: identity, wall clock, controller mode, TCP/IP and Ethernet settings. */
const CIP_SETTINGS = [0x01, 0x8b, 0x8e, 0xf5, 0xf6];
const CIP_FIRMWARE = 0xa1;

/** Engineering and control, by protocol; what operation needs all day is low. */
export const ICS_ORDERS: readonly IcsRule[] = [
  order(MODBUS, 'low', ['modbus.func_code', [5, 6, 15, 16, 22, 23]], 'write coils or registers'),
  order(MODBUS, 'medium', ['modbus.func_code', [21]], 'write a file record'),
  order(
    MODBUS,
    'medium',
    ['modbus.diagnostic_code', [1, 4, 10]],
    'restart, fall silent or clear its counters',
  ),
  order(
    S7,
    'low',
    ['s7comm.param.func', [0x05, 0x1d, 0x1e, 0x1f]],
    'write variables or hand out its program',
  ),
  order(S7, 'high', ['s7comm.param.func', [0x1a, 0x1b, 0x1c]], 'load program blocks'),
  order(S7, 'medium', ['s7comm.param.func', [0x28]], 'start, stop, or take blocks into use'),
  order(S7, 'high', ['s7comm.param.func', [0x29]], 'stop'),
  order(DNP3, 'low', ['dnp3.al.func', [2, 3, 4, 5, 6, 21]], 'write, operate, or stop reporting by itself'),
  order(DNP3, 'medium', ['dnp3.al.func', [13, 14]], 'restart'),
  order(
    DNP3,
    'medium',
    ['dnp3.al.func', [15, 16, 17, 18, 19, 27, 31]],
    'change its data, applications or files',
  ),
  order(BACNET, 'low', ['bacapp.confirmed_service', [15, 16]], 'write properties'),
  order(
    BACNET,
    'medium',
    ['bacapp.confirmed_service', [7, 10, 11, 17, 20]],
    'restart, fall silent, or change objects or files',
  ),
  order(
    IEC104,
    'low',
    ['iec60870_asdu.typeid', [45, 46, 47, 48, 49, 50, 51, 58, 59, 60, 61, 62, 63, 64]],
    'switch or set points',
  ),
  order(
    IEC104,
    'medium',
    ['iec60870_asdu.typeid', [105, 110, 111, 112, 113]],
    'reset or change its parameters',
  ),
  order(FINS, 'low', ['omron.command', [0x0102, 0x0103]], 'write memory'),
  order(
    FINS,
    'medium',
    ['omron.command', [0x0307, 0x0308, 0x0401, 0x0402, 0x0403]],
    'run, stop, reset, or change its program',
  ),
  order(PROFINET, 'medium', ['pn_dcp.suboption_control', [5, 6]], 'go back to factory settings'),
  order(CIP, 'medium', ['cip.sc', [0x05, 0x06, 0x07, 0x09]], 'reset, start, stop or delete'),
  {
    kind: 'ics_unauthorized_command',
    protocol: 'CIP',
    layer: 'cip',
    severity: 'medium',
    what: 'change its settings, clock or mode',
    shows: (packet) =>
      among(packet, 'cip.rr', [0]) &&
      among(packet, 'cip.class', CIP_SETTINGS) &&
      among(packet, 'cip.sc', [0x02, 0x04, 0x10]),
    filter: `cip.rr == 0 && ${oneOf('cip.class', CIP_SETTINGS)} && cip.sc in {2, 4, 16}`,
  },
  {
    kind: 'ics_unauthorized_command',
    protocol: 'CIP',
    layer: 'cip',
    severity: 'high',
    what: 'take new firmware (object 0xA1)',
    shows: (packet) =>
      among(packet, 'cip.rr', [0]) &&
      among(packet, 'cip.class', [CIP_FIRMWARE]) &&
      !among(packet, 'cip.sc', CIP_READS),
    filter: `cip.rr == 0 && cip.class == ${CIP_FIRMWARE} && !(${oneOf('cip.sc', CIP_READS)})`,
  },
];

const refusal = (
  protocol: string,
  layer: string,
  filter: string,
  shows: (packet: Packet) => boolean,
): IcsRule => ({
  kind: 'ics_exception',
  protocol,
  layer,
  severity: 'low',
  what: 'an exception',
  shows,
  filter,
});

/** IIN2 of DNP3: function, object or parameter not known, configuration corrupt. */
const DNP3_REFUSALS = 0x0027;
const S7_REFUSALS = [0x01, 0x03, 0x05, 0x06, 0x07, 0x0a];

/** Answers of devices that refuse. */
export const ICS_REFUSALS: readonly IcsRule[] = [
  refusal('Modbus', 'modbus', 'modbus.exception_code', ({ row }) => has(row, 'modbus.exception_code')),
  refusal(
    'S7comm',
    's7comm',
    `s7comm.header.rosctr == 3 && (s7comm.header.errcls != 0 || ${oneOf('s7comm.data.returncode', S7_REFUSALS)})`,
    (packet) =>
      number(packet.row, 's7comm.header.rosctr') === 3 &&
      ((number(packet.row, 's7comm.header.errcls') ?? 0) !== 0 ||
        among(packet, 's7comm.data.returncode', S7_REFUSALS)),
  ),
  refusal('DNP3', 'dnp3', `dnp3.al.iin & ${DNP3_REFUSALS}`, ({ row }) =>
    numbers(row, 'dnp3.al.iin').some((bits) => (bits & DNP3_REFUSALS) !== 0),
  ),
  refusal(
    'CIP',
    'cip',
    'cip.rr == 1 && cip.genstat > 0 && cip.genstat != 6',
    (packet) => among(packet, 'cip.rr', [1]) && isCipRefusal(numbers(packet.row, 'cip.genstat')),
  ),
  refusal('EtherNet/IP', 'enip', 'enip.status > 0', ({ row }) =>
    numbers(row, 'enip.status').some((status) => status > 0),
  ),
  refusal('BACnet', 'bacapp', 'bacapp.type in {5, 6, 7}', (packet) =>
    among(packet, 'bacapp.type', [5, 6, 7]),
  ),
  refusal('IEC 60870-5-104', 'iec60870_asdu', 'iec60870_asdu.causetx in {44, 45, 46, 47}', (packet) =>
    among(packet, 'iec60870_asdu.causetx', [44, 45, 46, 47]),
  ),
];

/** 6 only says that more will come. */
const isCipRefusal = (statuses: readonly number[]): boolean =>
  statuses.some((status) => status > 0) && !statuses.includes(6);
