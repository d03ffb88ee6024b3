import { confirmed } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, notQuoted, to } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { Reflection } from '../tables/reflections.ts';
import type { Tables } from '../tables.ts';

/** Servers that send one host far more than it asked for. */
export const reflection: Detector = { kind: 'amplification', detect };

const MIN_ANSWERS = 10;
const FACTOR = 10;
/** Ordinary answers are smaller: an amplified one fills the packet. */
const MEAN_BYTES = 400;

/** A device may answer one search with a line for each of its services. */
const PER_DEVICE = 30;

const isSearch = ({ groupQuestions, answers, servers }: Reflection): boolean =>
  answers.count <= groupQuestions * servers.size * PER_DEVICE;

const isAmplified = (reflection: Reflection): boolean => {
  const { client, answers, answerBytes, questionBytes } = reflection;
  return (
    !isSearch(reflection) &&
    !isGroupAddress(client) &&
    answers.count >= MIN_ANSWERS &&
    answerBytes >= answers.count * MEAN_BYTES &&
    answerBytes >= questionBytes * FACTOR
  );
};

function detect({ reflections, overview }: Tables): FindingDraft[] {
  return reflections.filter(isAmplified).map((row) => {
    const { port, client, answers, answerBytes, questions, questionBytes, servers } = row;
    return draft('amplification', {
      title: `${times(servers.size, 'server')} sent ${client} ${answerBytes} bytes from UDP port ${port}, hardly asked for`,
      severity: 'high',
      ...confirmed(
        questions === 0,
        'not one question came from the host that got the answers',
        'the host may have asked itself',
      ),
      actor: servers,
      target: [client],
      ports: [port],
      evidence: answers,
      filter: all(`udp.srcport == ${port}`, `udp.dstport != ${port}`, to(client), notQuoted(overview.quotes)),
      explanation:
        `${times(answers.count, 'answer')} with ${answerBytes} bytes stand against ${times(questions, 'question')} with ` +
        `${questionBytes} bytes: whoever forges the address of the questions makes the servers flood its owner.`,
      alternatives:
        'A client that asks for much on purpose, or a capture that began after, or lacks, the questions.',
      notChecked: 'Whether the questions really came from that host.',
    });
  });
}
