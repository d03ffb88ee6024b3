import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isMac, type Packet } from '../packet.ts';
import { number, numbers, text } from '../row.ts';

/** Deauthentications from one sender to one receiver. */
export interface Deauthentications {
  sender: string;
  receiver: string;
  reasons: Set<number>;
  frames: Evidence;
  /** Without what the radio repeated because nobody acknowledged it. */
  distinct: number;
  /** Most distinct ones within 10 seconds. */
  busiest: number;
}

/** What refused a station, or kept it from getting in. */
export type WifiRefusal = 'authentication' | 'association' | 'eap' | 'handshake';

/** How one station fared with one access point. */
export interface Admission {
  station: string;
  accessPoint: string;
  refusals: Map<WifiRefusal, Evidence>;
  statuses: Set<number>;
  /** First and second message of the four-way handshake, and whether it ever got further. */
  handshake: Evidence;
  firstMessages: number;
  secondMessages: number;
  isThrough: boolean;
}

/** WEP frames of one transmitter. */
export interface WepSender {
  transmitter: string;
  accessPoint: string;
  /** Without what the radio repeated. */
  frames: Evidence;
  /** Most frames under one initialisation vector. */
  sameVector: number;
}

export interface WifiTable {
  deauthentications: Deauthentications[];
  admissions: Admission[];
  wep: WepSender[];
}

const MAX_ROWS = 20_000;
const MAX_VECTORS = 5_000;
const WINDOW_SECONDS = 10;
const RETRY = 0x08;
const ASSOCIATION_RESPONSES = new Set([1, 3]);
const AUTHENTICATION = 11;
const DEAUTHENTICATION = 12;
const EAP_FAILURE = 4;
/** Refused temporarily; SAE: anti-clogging token wanted, hash to element: none of them is the end. */
const NOT_FINAL = new Set([0, 30, 76, 126]);

/** 802.11 management, handshakes and WEP. */
export function createWifi() {
  const deauthentications = createBoundedMap(MAX_ROWS, newDeauthentications);
  const admissions = createBoundedMap(MAX_ROWS, newAdmission);
  const wep = createBoundedMap(MAX_ROWS, newWepSender);
  return {
    add(packet: Packet): void {
      const { row, layers } = packet;
      if (!layers.includes('wlan')) return;
      const sender = mac(text(row, 'wlan.sa'));
      const receiver = mac(text(row, 'wlan.da'));
      if (sender === '' || receiver === '') return;
      const type = number(row, 'wlan.fc.type_subtype');
      const isRetry = ((number(row, 'wlan.flags') ?? 0) & RETRY) !== 0;
      if (type === DEAUTHENTICATION)
        addDeauthentication(deauthentications.at(`${sender} ${receiver}`), packet, isRetry);
      const accessPoint = mac(text(row, 'wlan.bssid'));
      const refusal = refusalOf(packet, type, sender === accessPoint);
      if (refusal !== null) addRefusal(admissions.at(`${receiver} ${sender}`), refusal, packet);
      addHandshake(admissions, packet, sender, receiver);
      const vector = text(row, 'wlan.wep.iv');
      const transmitter = mac(text(row, 'wlan.ta'));
      if (vector !== '' && transmitter !== '' && !isRetry)
        addVector(wep.at(`${transmitter} ${accessPoint}`), vector.slice(0, 10), packet.frame);
    },
    finish: (): WifiTable => ({
      deauthentications: deauthentications.values().map(({ times: _times, ...row }) => row),
      admissions: admissions.values(),
      wep: wep.values().map(({ vectors: _vectors, ...row }) => row),
    }),
  };
}

const mac = (value: string): string => (isMac(value) ? value.toLowerCase() : '');

function newDeauthentications(key: string): Deauthentications & { times: number[] } {
  const [sender = '', receiver = ''] = key.split(' ');
  return {
    sender,
    receiver,
    reasons: new Set(),
    frames: noEvidence(),
    distinct: 0,
    busiest: 0,
    times: [],
  };
}

function addDeauthentication(
  entry: ReturnType<typeof newDeauthentications> | null,
  { row, frame, at }: Packet,
  isRetry: boolean,
): void {
  if (entry === null) return;
  addEvidence(entry.frames, frame);
  addBounded(entry.reasons, number(row, 'wlan.fixed.reason_code') ?? 0, 10);
  if (isRetry) return;
  entry.distinct += 1;
  while (entry.times.length > 0 && at - (entry.times[0] ?? at) > WINDOW_SECONDS) entry.times.shift();
  // More in one window than this are a flood either way.
  if (entry.times.length < 1_000) entry.times.push(at);
  entry.busiest = Math.max(entry.busiest, entry.times.length);
}

/** How an access point turns a station away in this frame; null where it does not. */
function refusalOf(
  { row, layers }: Packet,
  type: number | null,
  fromAccessPoint: boolean,
): WifiRefusal | null {
  const status = number(row, 'wlan.fixed.status_code') ?? 0;
  if (type === AUTHENTICATION && !NOT_FINAL.has(status)) return 'authentication';
  if (ASSOCIATION_RESPONSES.has(type ?? -1) && !NOT_FINAL.has(status)) return 'association';
  const failed = layers.includes('eapol') && numbers(row, 'eap.code').includes(EAP_FAILURE);
  return failed && fromAccessPoint ? 'eap' : null;
}

function newAdmission(key: string): Admission {
  const [station = '', accessPoint = ''] = key.split(' ');
  return {
    station,
    accessPoint,
    refusals: new Map(),
    statuses: new Set(),
    handshake: noEvidence(),
    firstMessages: 0,
    secondMessages: 0,
    isThrough: false,
  };
}

function addRefusal(admission: Admission | null, refusal: WifiRefusal, { row, frame }: Packet): void {
  if (admission === null) return;
  const evidence = admission.refusals.get(refusal) ?? noEvidence();
  admission.refusals.set(refusal, evidence);
  addEvidence(evidence, frame);
  addBounded(admission.statuses, number(row, 'wlan.fixed.status_code') ?? 0, 10);
}

function addHandshake(
  admissions: ReturnType<typeof createBoundedMap<Admission>>,
  { row, frame }: Packet,
  sender: string,
  receiver: string,
): void {
  const message = number(row, 'wlan_rsna_eapol.keydes.msgnr');
  if (message === null || message < 1 || message > 4) return;
  const fromAccessPoint = message % 2 === 1;
  const admission = admissions.at(fromAccessPoint ? `${receiver} ${sender}` : `${sender} ${receiver}`);
  if (admission === null) return;
  if (message > 2) admission.isThrough = true;
  else addEvidence(admission.handshake, frame);
  if (message === 1) admission.firstMessages += 1;
  if (message === 2) admission.secondMessages += 1;
}

function newWepSender(key: string): WepSender & { vectors: Map<string, number> } {
  const [transmitter = '', accessPoint = ''] = key.split(' ');
  return { transmitter, accessPoint, frames: noEvidence(), sameVector: 0, vectors: new Map() };
}

function addVector(entry: ReturnType<typeof newWepSender> | null, vector: string, frame: number): void {
  if (entry === null) return;
  addEvidence(entry.frames, frame);
  const times = (entry.vectors.get(vector) ?? 0) + 1;
  if (times === 1 && entry.vectors.size >= MAX_VECTORS) return;
  entry.vectors.set(vector, times);
  entry.sameVector = Math.max(entry.sameVector, times);
}
