import { AnalyzeInput } from '../src/domain/inputs.ts';
import { AnalyzeView } from '../src/domain/views.ts';
import type { UseCases } from '../src/capture/use-cases.ts';
import { resultLinks } from './links.ts';
import { summarizeAnalyze } from './summaries.ts';
import { defineTool } from './tool.ts';

/** analyze_pcap: the forensic analysis of a capture that already exists. */
export function createAnalyzePcap({ analyzePcap }: Pick<UseCases, 'analyzePcap'>) {
  return defineTool({
    name: 'analyze_pcap',
    title: 'Analyse a capture file',
    description: [
      'Analyse a packet capture file (pcap, pcapng, cap; also gzip, zstd) for network faults and attacks with tshark in a sandbox.',
      'Give exactly one of pcap_path, task_id and blob_url. May take minutes; sends progress.',
      'Each finding has frames and the filter that proves it; results stay on the server.',
    ].join(' '),
    input: AnalyzeInput,
    output: AnalyzeView,
    effect: 'adds',
    idempotent: true,
    openWorld: true,
    run: (input, call) => analyzePcap(input, call),
    summary: summarizeAnalyze,
    links: ({ analysis_id: id, analysis }) => resultLinks(id, analysis),
  });
}
