import { agreeing } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { evidenceOf } from '../bounded.ts';
import { HARMFUL } from '../content/file-magic.ts';
import { isNameless, pathOf, type HttpExchange } from '../content/http-exchange.ts';
import { matches } from '../content/sign.ts';
import { draft, grade, quoteNames, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { isPrivate } from '../private-address.ts';
import type { Tables } from '../tables.ts';

/** Programs that come by HTTP under a name, a type or from a place that honest programs do not use. */
export const malwareDownloadHttp: Detector = { kind: 'malware_download', detect: detectDownloads };

const PROGRAM_NAME = /\.(exe|dll|msi|scr|cab|sys|ocx|bin|com|msu|msp|psf|esd|elf|so|deb|rpm|run|ko)$/i;
const INNOCENT_NAME =
  /\.(png|jpe?g|gif|bmp|ico|txt|css|js|html?|pdf|docx?|xlsx?|zip|rar|mp3|mp4|avi|swf|php|asp|aspx|jsp|cgi|tmp|dat)$/i;
const INNOCENT_TYPE = /^(image|text|audio|video|font)\//;

/** What speaks against a download, in words. */
function reasons(exchange: HttpExchange): string[] {
  const { uri, contentType, offeredAs, server, agent } = exchange;
  const path = pathOf(uri);
  const told: [boolean, string][] = [
    [INNOCENT_NAME.test(path) && !PROGRAM_NAME.test(offeredAs), 'the address names another type of file'],
    [INNOCENT_TYPE.test(contentType), 'the server calls it text, sound or an image'],
    [isNameless(exchange) && !isPrivate(server), 'the server has no name'],
    [agent === '', 'the client names no program'],
    [/PowerShell|WinHTTP loader|certutil|^Mozilla\/[45]\.0$/i.test(agent), 'a script fetches it'],
    [!PROGRAM_NAME.test(path) && !/download/i.test(uri), 'the address names no program'],
  ];
  return told.filter(([holds]) => holds).map(([, words]) => words);
}

const isProgram = ({ content }: HttpExchange): boolean =>
  content === 'windows-program' || content === 'unix-program';

/** A Word or Excel file of the old format, which can hold macros, under an address that names none. */
const isScriptedDocument = ({ content, uri, offeredAs }: HttpExchange): boolean =>
  content === 'old-office' &&
  /\.(doc|xls)$/i.test(offeredAs) &&
  !/\.(doc|dot|xls|ppt|msi)$/i.test(pathOf(uri));

function detectDownloads({ contents }: Tables): FindingDraft[] {
  const downloads = contents.exchanges
    .filter((exchange) => isProgram(exchange) || isScriptedDocument(exchange))
    .map((exchange) => ({ exchange, why: reasons(exchange) }))
    .filter(({ why }) => why.length > 0);
  const groups = Map.groupBy(
    downloads,
    ({ exchange }) => `${exchange.server} ${exchange.client} ${exchange.content}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { server, client, content, host } = first.exchange;
    const why = [...new Set(group.flatMap((one) => one.why))];
    const { words, pattern } =
      HARMFUL[content === 'old-office' || content === 'unix-program' ? content : 'windows-program'];
    const disguised = why.some((words) => /another type|image|no name|script fetches/.test(words));
    return [
      draft('malware_download', {
        title: `${client} received ${words} from ${server} under doubtful circumstances`,
        severity: grade([['high', disguised && content !== 'old-office']], 'medium'),
        ...agreeing(why.length, 2, why.length === 1 ? 'circumstance' : 'circumstances'),
        actor: [server],
        target: [client],
        ports: group.map(({ exchange }) => exchange.port),
        evidence: evidenceOf(group.map(({ exchange }) => exchange.contentFrame)),
        filter: all(between(server, client), matches('tcp', pattern)),
        explanation: `${times(group.length, 'file')} from ${quoteNames([host]) || server}, by content ${words}, and ${why.join(', ')}.`,
        alternatives: 'A sloppy download page of your own.',
        notChecked: 'What the program does, and packed or encrypted files.',
      }),
    ];
  });
}
