import { createBoundedMap } from '../bounded.ts';
import type { FieldName } from '../fields.ts';
import type { Packet } from '../packet.ts';
import { all } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** Who speaks an industrial protocol to whom, and what they ask for. */
export interface IcsTalk {
  protocol: string;
  client: string;
  server: string;
  packets: number;
  /** Function codes and services as numbers, as the protocol counts them. */
  functions: Tally;
}

const MAX_ROWS = 2_000;

interface Protocol {
  name: string;
  layers: readonly string[];
  /** The side that serves has this port; 0: the sender asks. */
  port: number;
  fields: readonly FieldName[];
}

const PROTOCOLS: readonly Protocol[] = [
  { name: 'Modbus', layers: ['modbus', 'mbtcp'], port: 502, fields: ['modbus.func_code'] },
  { name: 'S7comm', layers: ['s7comm'], port: 102, fields: ['s7comm.param.func'] },
  { name: 'DNP3', layers: ['dnp3'], port: 20_000, fields: ['dnp3.al.func'] },
  {
    name: 'IEC 60870-5-104',
    layers: ['iec60870_asdu', 'iec60870_104'],
    port: 2404,
    fields: ['iec60870_asdu.typeid'],
  },
  { name: 'EtherNet/IP', layers: ['cip', 'enip'], port: 44_818, fields: ['cip.sc'] },
  { name: 'BACnet', layers: ['bacapp', 'bacnet'], port: 47_808, fields: ['bacapp.confirmed_service'] },
  { name: 'PROFINET DCP', layers: ['pn_dcp'], port: 0, fields: ['pn_dcp.service_id'] },
  { name: 'OMRON FINS', layers: ['omron'], port: 9600, fields: ['omron.command'] },
  { name: 'OPC UA', layers: ['opcua'], port: 4840, fields: [] },
  { name: 'MMS', layers: ['mms'], port: 102, fields: [] },
  { name: 'GOOSE', layers: ['goose'], port: 0, fields: [] },
];

/** The protocols that it looks at. */
export const ICS_TALK_LAYERS: readonly string[] = PROTOCOLS.flatMap(({ layers }) => layers);

export function createIcsTalk() {
  const talks = createBoundedMap<IcsTalk>(MAX_ROWS, (key) => {
    const [index = '', client = '', server = ''] = key.split(' ');
    const protocol = PROTOCOLS[Number(index)]?.name ?? '';
    return { protocol, client, server, packets: 0, functions: createTally(100) };
  });
  return {
    add({ row, layers, source, target, transport }: Packet): void {
      if (source === null || target === null) return;
      const index = PROTOCOLS.findIndex((one) => one.layers.some((name) => layers.includes(name)));
      const protocol = PROTOCOLS[index];
      if (protocol === undefined) return;
      const down = protocol.port !== 0 && transport?.sourcePort === protocol.port;
      const talk = talks.at(`${index} ${down ? target : source} ${down ? source : target}`);
      if (talk === null) return;
      talk.packets += 1;
      // An answer repeats the code of its question.
      if (!down)
        for (const field of protocol.fields) for (const code of all(row, field)) talk.functions.add(code);
    },
    finish: (): IcsTalk[] => talks.values(),
  };
}
