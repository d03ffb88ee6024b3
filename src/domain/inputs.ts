import { z } from 'zod';
import { LIMITS, PacketFilter } from './capture-plan.ts';
import { TASK_STATES } from './task.ts';
import { maskSecrets } from './secrets.ts';

const SESSION_ID = /^[A-Za-z0-9._-]{1,64}$/;

export const sessionId = z
  .string()
  .regex(SESSION_ID, 'letters, digits, dot, underscore and hyphen, at most 64')
  .describe('Groups tasks in the audit; one is made per server when left out.');

const privacy = z.literal('facts-only').optional().describe('No packet text to a model.');

const instances = z.array(z.string().min(1).max(512)).max(1000).default([]);

/** Arguments of start_capture, named as existing agents send them. */
export const StartCaptureInput = z.strictObject({
  target: z.string().min(1).max(512).describe('Name of a VM or scale set, or its full ARM id.'),
  target_type: z
    .enum(['AzureVM', 'AzureVMSS'])
    .optional()
    .describe('For a name: AzureVM unless said otherwise. An ARM id tells it.'),
  include_instances: instances.describe(
    'Of a scale set only these, by number, name or ARM id; none means all.',
  ),
  exclude_instances: instances.describe('Of a scale set all but these.'),
  continuous: z
    .strictObject({
      file_count: z.number().int().min(1).max(LIMITS.filesPerTask).default(10),
      file_bytes: z.number().int().min(1_000_000).max(LIMITS.ringFileBytes).default(104_857_600),
    })
    .optional()
    .describe(
      'For a fault that comes and goes: a ring of files, the oldest overwritten, until stop_capture or duration_seconds.',
    ),
  resource_group: z.string().min(1).max(90).optional().describe('Not needed with a full id.'),
  subscription_id: z.string().min(1).max(64).optional().describe("Default: the server's subscription."),
  storage_account: z
    .string()
    .min(3)
    .max(512)
    .optional()
    .describe("Name or full ARM id, in the VM's region. Default: the server's."),
  storage_container: z
    .string()
    .regex(
      /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/,
      'a container name: 3 to 63 lower-case letters, digits and single hyphens',
    )
    .optional()
    .describe("Container for the .cap blob. Default: the server's."),
  location: z.string().max(64).optional().describe("Only a check: refused where the VM's region differs."),
  duration_seconds: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.ringSeconds)
    .optional()
    .describe('Default 60, at most 18000; of a continuous capture 86400, at most 604800.'),
  max_bytes: z
    .number()
    .int()
    .min(0)
    .max(LIMITS.totalBytes)
    .default(0)
    .describe("Session cap in bytes; 0 is Azure's default of 1 GiB."),
  bytes_per_packet: z
    .number()
    .int()
    .min(0)
    .max(LIMITS.bytesPerPacket)
    .default(0)
    .describe('0 keeps whole packets.'),
  filters: z
    .array(PacketFilter)
    .max(10)
    .default([])
    .describe('Packets matching any of these are captured; none means all.'),
  request_id: z
    .string()
    .min(1)
    .max(128)
    .refine((id) => maskSecrets(id) === id, 'any text that does not look like a secret')
    .optional()
    .describe('Your own id: the same one always gives the same task, also after a retry.'),
  session_id: sessionId.optional(),
  investigation_context: z
    .string()
    .max(4000)
    .overwrite(maskSecrets)
    .optional()
    .describe('What is being investigated.'),
  auto_analyze: z
    .boolean()
    .default(false)
    .describe('Analyse as soon as the file is here, without waiting for check_task.'),
  llm: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe('off keeps the analysis away from any language model.'),
  privacy,
});
export type StartCaptureInput = z.infer<typeof StartCaptureInput>;

/** The longest that one check_task call may take, in seconds. */
export const MAX_WAIT_SECONDS = 240;

export const CheckTaskInput = z.strictObject({
  task_id: z.string().min(1).max(128).describe('From start_capture.'),
  wait_seconds: z
    .number()
    .int()
    .min(0)
    .max(MAX_WAIT_SECONDS)
    .default(45)
    .describe('How long to wait for the end before answering task_pending; 0 answers at once.'),
});
export type CheckTaskInput = z.infer<typeof CheckTaskInput>;

export const StopCaptureInput = z
  .strictObject({
    task_id: z.string().min(1).max(128).describe('From start_capture.'),
    discard: z
      .boolean()
      .default(false)
      .describe('Throw the capture away: no download, no analysis, the task ends as cancelled.'),
    plan_id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('From approval_required: discards what was shown.'),
    wait_seconds: z
      .number()
      .int()
      .min(0)
      .max(MAX_WAIT_SECONDS)
      .default(30)
      .describe('How long to wait for the session to be over; it is stopped all the same.'),
  })
  .refine(({ discard, plan_id: planId }) => discard || planId === undefined, {
    message: 'plan_id: only discard takes one',
  });
export type StopCaptureInput = z.infer<typeof StopCaptureInput>;

export const ListTasksInput = z.strictObject({
  states: z
    .array(z.enum(TASK_STATES))
    .max(TASK_STATES.length)
    .default([])
    .describe('Only these; none means all.'),
  target: z.string().min(1).max(512).optional().describe('Only tasks of this VM: name or full ARM id.'),
  session_id: sessionId.optional().describe('Only tasks of this session.'),
  limit: z.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(512).optional().describe('next_cursor of the page before.'),
});
export type ListTasksInput = z.infer<typeof ListTasksInput>;

/** Arguments of analyze_pcap: exactly one source. */
export const AnalyzeInput = z
  .strictObject({
    pcap_path: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('A capture file on the server, under an allowed root.'),
    task_id: z.string().min(1).max(128).optional().describe('A task whose capture was downloaded.'),
    blob_url: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('https URL of a capture in an allowed storage account, without SAS.'),
    investigation_context: z
      .string()
      .max(4000)
      .overwrite(maskSecrets)
      .optional()
      .describe('What is being investigated.'),
    llm: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe('off keeps the analysis away from any language model.'),
    privacy,
    verify: z.boolean().default(false).describe('Prove filters on all packets.'),
  })
  .refine(
    (input) =>
      [input.pcap_path, input.task_id, input.blob_url].filter((source) => source !== undefined).length === 1,
    { message: 'give exactly one of pcap_path, task_id and blob_url' },
  );
export type AnalyzeInput = z.infer<typeof AnalyzeInput>;

export const CleanupInput = z.strictObject({
  plan_id: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('From an earlier call: carries that plan out; without it nothing is deleted.'),
});
export type CleanupInput = z.infer<typeof CleanupInput>;
