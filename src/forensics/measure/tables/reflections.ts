import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, type Packet } from '../packet.ts';

/** What one host asked of, and got from, all servers of one UDP service. */
export interface Reflection {
  port: number;
  client: string;
  answers: Evidence;
  answerBytes: number;
  questions: number;
  questionBytes: number;
  /** Questions to everybody, which each device of the link may answer several times. */
  groupQuestions: number;
  servers: Set<string>;
}

const MAX_ROWS = 20_000;
const MAX_SERVERS = 1_000;
const UDP_HEADER = 8;
/** Services that answer forged requests with far more than they were asked (US-CERT alert TA14-017A). */
const SERVICES = new Set([
  17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1900, 3283, 3702, 5093, 11_211, 27_015,
]);

/** Traffic of UDP services that are known for being abused as amplifiers. */
export function createReflections() {
  const rows = createBoundedMap<Reflection>(MAX_ROWS, (key) => {
    const [port = '', client = ''] = key.split(' ');
    return {
      port: Number(port),
      client,
      answers: noEvidence(),
      answerBytes: 0,
      questions: 0,
      questionBytes: 0,
      groupQuestions: 0,
      servers: new Set(),
    };
  });
  return {
    add({ transport, source, target, frame }: Packet): void {
      if (transport?.kind !== 'udp' || source === null || target === null) return;
      const { sourcePort, targetPort } = transport;
      const bytes = transport.carried + UDP_HEADER;
      if (SERVICES.has(sourcePort) && sourcePort !== targetPort) {
        const reflection = rows.at(`${sourcePort} ${target}`);
        if (reflection === null) return;
        addEvidence(reflection.answers, frame);
        reflection.answerBytes += bytes;
        addBounded(reflection.servers, source, MAX_SERVERS);
      } else if (SERVICES.has(targetPort) && sourcePort !== targetPort) {
        const reflection = rows.at(`${targetPort} ${source}`);
        if (reflection === null) return;
        reflection.questions += 1;
        reflection.questionBytes += bytes;
        if (isGroupAddress(target)) reflection.groupQuestions += 1;
      }
    },
    finish: (): Reflection[] => rows.values(),
  };
}
