import { confirmed, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import type { Evidence } from '../bounded.ts';
import { draft, type Detector } from '../draft.ts';
import { all, any, oneOf } from '../filter.ts';
import type { Admission, WifiRefusal } from '../tables/wifi.ts';
import type { Tables } from '../tables.ts';

/** Stations that an access point did not let in. */
export const wifiAuthFailure: Detector = { kind: 'wifi_auth_failure', detect: detectFailures };

/** The same WEP frame sent over and over, to make the network give away its key. */
export const wifiWepAttack: Detector = { kind: 'wifi_wep_attack', detect: detectWep };

const ATTEMPTS = 2;
const REPLAYED = 30;

const way = (sender: string, receiver: string): string => `wlan.sa == ${sender} && wlan.da == ${receiver}`;

const REFUSED: Record<WifiRefusal, { filter: string; words: string }> = {
  authentication: {
    filter: 'wlan.fc.type_subtype == 0x000b && !(wlan.fixed.status_code in {0, 30, 76, 126})',
    words: 'refused its authentication',
  },
  association: {
    filter: `${oneOf('wlan.fc.type_subtype', [1, 3])} && !(wlan.fixed.status_code in {0, 30, 76, 126})`,
    words: 'refused its association',
  },
  eap: { filter: 'eap.code == 4', words: 'refused its 802.1X login' },
  handshake: {
    filter: 'wlan_rsna_eapol.keydes.msgnr in {1, 2}',
    words: 'broke off the key handshake behind the second message, as a wrong password makes it',
  },
};

/** Handshakes begun again and again of which none got to the third message. */
const isWrongKey = ({ firstMessages, secondMessages, isThrough }: Admission): boolean =>
  firstMessages >= ATTEMPTS && secondMessages >= 1 && !isThrough;

function detectFailures({ wifi }: Tables): FindingDraft[] {
  return wifi.admissions.flatMap((admission) => {
    const { station, accessPoint, refusals, handshake, statuses } = admission;
    const failures: [WifiRefusal, Evidence][] = [...refusals];
    if (isWrongKey(admission)) failures.push(['handshake', handshake]);
    return failures.map(([refusal, evidence]) =>
      draft('wifi_auth_failure', {
        title: `${accessPoint} did not let ${station} in`,
        severity: refusal === 'association' ? 'low' : 'medium',
        ...confirmed(
          refusal !== 'handshake',
          'the access point’s answer refuses the station',
          'the handshake breaks off, and lost frames would look the same',
        ),
        actor: [station],
        target: [accessPoint],
        evidence,
        filter: all(
          REFUSED[refusal].filter,
          refusal === 'handshake'
            ? any(`(${way(accessPoint, station)})`, `(${way(station, accessPoint)})`)
            : way(accessPoint, station),
        ),
        explanation:
          `The access point ${REFUSED[refusal].words}` +
          (statuses.size > 0 && refusal !== 'handshake' && refusal !== 'eap'
            ? ` with status ${[...statuses].join(', ')}.`
            : '.'),
        alternatives:
          'A poor radio link that loses the answers, or a network that admits known stations only.',
        notChecked: 'The password itself; what other channels carried.',
      }),
    );
  });
}

function detectWep({ wifi }: Tables): FindingDraft[] {
  const replaying = wifi.wep.filter(({ sameVector }) => sameVector >= REPLAYED);
  return replaying.map(({ transmitter, accessPoint, frames, sameVector }) =>
    draft('wifi_wep_attack', {
      title: `${transmitter} sends the same WEP frame ${sameVector} times`,
      severity: 'high',
      ...measured(sameVector, REPLAYED, 'frames under one vector'),
      actor: [transmitter],
      target: accessPoint === '' ? [] : [accessPoint],
      evidence: frames,
      filter: `wlan.wep.iv && wlan.fc.retry == 0 && wlan.ta == ${transmitter}`,
      explanation:
        `A card takes a new initialisation vector for each frame; ${sameVector} frames with one and the same are a recorded ` +
        'frame injected again, so that the access point answers and gives away the key bit by bit. WEP falls to this in minutes.',
      alternatives: 'A driver that is broken.',
      notChecked: 'Whether the key was found.',
    }),
  );
}
