import { RETRANSMISSION } from '../../../packets/streams/tcp-marks.ts';
import type { Severity } from '../../../domain/finding.ts';
import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { memoByObject } from '../memo.ts';
import type { Packet } from '../packet.ts';
import { raw } from '../row.ts';
import { ICS_ORDERS, ICS_REFUSALS, type IcsKind, type IcsRule } from './ics-rules.ts';

/** What one side of an industrial connection did to the other, by kind, protocol and severity. */
export interface IcsRow {
  kind: IcsKind;
  severity: Severity;
  source: string;
  target: string;
  ports: Set<number>;
  rules: Set<IcsRule>;
  seen: Evidence;
}

const MAX_ROWS = 20_000;

/** Layers in which broken messages count, with their ports where the master's side shows by it. */
const LAYERS = new Map([
  ['mbtcp', 502],
  ['modbus', 502],
  ['s7comm', 102],
  ['dnp3', 20_000],
  ['iec60870_104', 2404],
  ['iec60870_asdu', 2404],
  ['enip', 44_818],
  ['cip', 44_818],
  ['bacapp', 47_808],
  ['bacnet', 47_808],
  ['omron', 9600],
  ['pn_dcp', 0],
  ['goose', 0],
  ['opcua', 4840],
  ['mms', 102],
]);

const CHECKSUM: IcsRule = {
  kind: 'ics_malformed',
  protocol: 'DNP3',
  layer: 'dnp3',
  severity: 'medium',
  what: 'a wrong checksum',
  shows: ({ row }) =>
    raw(row, 'dnp3.hdr.CRC.incorrect') !== '' || raw(row, 'dnp3.data_chunk.CRC.incorrect') !== '',
  filter: '(dnp3.hdr.CRC.incorrect || dnp3.data_chunk.CRC.incorrect)',
};

/** tshark takes nothing with another protocol identifier for Modbus, so such messages show by what they are not. */
const FOREIGN: IcsRule = {
  kind: 'ics_malformed',
  protocol: 'Modbus',
  layer: 'tcp',
  severity: 'medium',
  what: 'a header that is not that of Modbus (protocol identifier other than 0)',
  shows: isForeignModbus,
  filter:
    'tcp.dstport == 502 && tcp.len >= 8 && !mbtcp && !tcp.analysis.retransmission && tcp.payload[2:2] != 00:00',
};

function isForeignModbus(packet: Packet): boolean {
  const { layers, transport } = packet;
  if (transport?.kind !== 'tcp' || transport.targetPort !== 502 || transport.payload < 8) return false;
  if (layers.includes('mbtcp') || ((transport.segment?.marks ?? 0) & RETRANSMISSION) !== 0) return false;
  const payload = packet.payload();
  return payload.length >= 4 && (payload[2] !== 0 || payload[3] !== 0);
}

const RULES = [...ICS_ORDERS, ...ICS_REFUSALS, CHECKSUM];

export function createIcs() {
  const rows = createBoundedMap<IcsRow & { lastFrame: number }>(MAX_ROWS, newRow);
  const note = (rule: IcsRule, packet: Packet, layer: string): void => {
    const row = rows.at(
      [rule.kind, rule.severity, packet.source, packet.target, rule.protocol.replaceAll(' ', '_')].join(' '),
    );
    if (row === null) return;
    if (row.lastFrame !== packet.frame) addEvidence(row.seen, packet.frame);
    row.lastFrame = packet.frame;
    row.rules.add(rule);
    const { transport } = packet;
    if (transport === null) return;
    const home = LAYERS.get(layer);
    const port = transport.sourcePort === home ? home : Math.min(transport.sourcePort, transport.targetPort);
    addBounded(row.ports, transport.targetPort === home ? transport.targetPort : port, 20);
  };
  const innermost = memoByObject((layers: readonly string[]) => ({
    layer: layers.findLast((name) => LAYERS.has(name)),
  }));
  return {
    add(packet: Packet): void {
      const { layers, source, target } = packet;
      if (source === null || target === null) return;
      if (isForeignModbus(packet)) note(FOREIGN, packet, 'mbtcp');
      const { layer } = innermost(layers);
      if (layer === undefined) return;
      for (const rule of RULES)
        if (layers.includes(rule.layer) && rule.shows(packet)) note(rule, packet, layer);
      const broken = raw(packet.row, '_ws.malformed') === '' ? undefined : brokenRule(packet, layer);
      if (broken !== undefined) note(broken, packet, layer);
    },
    finish: (): IcsRow[] => rows.values().map(({ lastFrame: _lastFrame, ...row }) => row),
  };
}

const BROKEN = new Map(
  [...LAYERS.keys()].flatMap((layer) =>
    [true, false].map((asks) => [`${layer} ${asks}`, makeBroken(layer, asks)] as const),
  ),
);

/** A broken request is somebody's doing; a broken answer may be the device's own way. */
function brokenRule({ transport, captured, bytes }: Packet, layer: string): IcsRule | undefined {
  if (captured < bytes) return undefined;
  return BROKEN.get(`${layer} ${transport === null || transport.targetPort === LAYERS.get(layer)}`);
}

function makeBroken(layer: string, asks: boolean): IcsRule {
  return {
    kind: 'ics_malformed',
    protocol: layer,
    layer,
    severity: asks ? 'medium' : 'low',
    what: asks ? 'a broken request' : 'a broken answer',
    shows: () => true,
    filter: `_ws.malformed && ${layer}`,
  };
}

function newRow(key: string): IcsRow & { lastFrame: number } {
  const [kind = '', severity = '', source = '', target = ''] = key.split(' ');
  return {
    kind: kind === 'ics_exception' || kind === 'ics_malformed' ? kind : 'ics_unauthorized_command',
    severity: severity === 'medium' || severity === 'high' ? severity : 'low',
    source,
    target,
    ports: new Set(),
    rules: new Set(),
    seen: noEvidence(),
    lastFrame: -1,
  };
}
