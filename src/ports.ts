import type { Analysis } from './domain/analysis.ts';
import type { Consent } from './domain/approval.ts';
import type {
  CaptureBlob,
  CaptureFile,
  CapturePlan,
  CaptureReading,
  PacketFilter,
  Ring,
} from './domain/capture-plan.ts';
import type { CapturePart } from './domain/capture-part.ts';
import type { Packing } from './domain/file-kind.ts';
import type { TokenUsage } from './domain/model-usage.ts';
import type { CaptureRequest, PreflightCheck } from './domain/capture-request.ts';

export * from './ports/sandbox.ts';
export * from './ports/task-store.ts';

/** Time comes in, so that tests can decide what it is. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Progress {
  /** 0 to 1, or null where nothing honest can be said. */
  fraction: number | null;
  message: string;
}
export type OnProgress = (progress: Progress) => void;

/** What the caller of a use-case can hear and do while it runs. */
export interface CallContext {
  signal: AbortSignal;
  progress: OnProgress;
  /** Where it is absent there is nobody to ask. */
  consent?: Consent;
  /** The caller's own model, where it offers one and the operator allows it; used where none is configured. */
  model?: Model;
}

export interface CaptureTarget {
  /** Name of a VM or a scale set, or its full ARM id. */
  target: string;
  /** null where the id tells, and for a name means a VM. */
  targetType: CapturePlan['targetType'] | null;
  /** Instances of a scale set, by number, name or ARM id; both empty means all. */
  instances: { include: string[]; exclude: string[] };
  ring: Ring | null;
  resourceGroup: string | null;
  subscriptionId: string | null;
  locationHint: string | null;
  /** Account name, or full ARM id. */
  storageAccount: string | null;
  storageContainer: string | null;
  captureName: string;
  durationSeconds: number;
  totalBytes: number;
  bytesPerPacket: number;
  filters: PacketFilter[];
}

/** A request that passed every check, and what was found on the way. */
export interface Preflight {
  plan: CapturePlan;
  checks: PreflightCheck[];
  /** Exactly what creating the capture would send. */
  request: CaptureRequest;
  /** As Azure has them: for comparing, not for showing. */
  vmTags: Readonly<Record<string, string>>;
}

/** A capture that exists in Azure, whoever made it. */
export interface ListedCapture {
  name: string;
  location: string;
  watcherName: string;
  watcherResourceGroup: string;
  subscriptionId: string;
  targetId: string;
  /** Where its files go, as far as the list tells. */
  storage?: string;
  provisioningState: string;
}

/**
 * The cloud as the orchestrator needs it. Every method may throw a CapwrightError; those marked retryable
 * there mean the same call may succeed later. Calls are safe to repeat.
 */
export interface Cloud {
  /** Checks everything that can be known before anything is created, and resolves names to ids. */
  preflight(target: CaptureTarget, signal: AbortSignal): Promise<Preflight>;
  /** Makes sure the capture exists: reads it first, creates it only when it is not there. */
  ensureCapture(plan: CapturePlan, signal: AbortSignal): Promise<void>;
  /** The session as Azure sees it now, or null where the capture does not exist. */
  readCapture(plan: CapturePlan, signal: AbortSignal, look?: Look): Promise<CaptureReading | null>;
  stopCapture(plan: CapturePlan, signal: AbortSignal): Promise<void>;
  /** Deletes the capture and reads back that it is gone: false while Azure still shows it. */
  deleteCapture(plan: Pick<CapturePlan, CaptureKey>, signal: AbortSignal): Promise<boolean>;
  /**
   * Every capture in every region that has a Network Watcher, ours and foreign ones, in the configured subscription
   * and in those given besides. A subscription or region that can't be searched is told to `passOver` where there is
   * one, and hides nothing of the others; else it is thrown.
   */
  listCaptures(
    signal: AbortSignal,
    subscriptionIds?: readonly string[],
    passOver?: PassOver,
  ): Promise<ListedCapture[]>;
  /**
   * The files of a session that lie in the storage account by now, by instance and then oldest first. A file may
   * still be missing, or be of a size that grows: nothing in Azure says when a session has delivered all.
   */
  captureBlobs(plan: CapturePlan, storagePath: string, signal: AbortSignal): Promise<CaptureBlob[]>;
  /** Deletes a file of a session and reads back that it is gone: false while it is still there. */
  deleteBlob(blobUrl: string, signal: AbortSignal, storageAccount?: string): Promise<boolean>;
  /** Size of a blob in bytes, or null where it does not exist. `storageAccount` is the task's: it may be read too. */
  blobSize(blobUrl: string, signal: AbortSignal, storageAccount?: string): Promise<number | null>;
  /** Downloads a blob to `path` (temporary file, then rename) and hashes it. */
  downloadBlob(blobUrl: string, path: string, options: DownloadOptions): Promise<CaptureFile>;
}
/** `existence` is for who saw the session run a moment ago: its status is not asked for, and said to be Running. */
export type Look = 'whole' | 'existence';
/** Hears which place could not be searched, in our words, and why. */
export type PassOver = (place: string, error: unknown) => void;
export type CaptureKey = 'subscriptionId' | 'watcherName' | 'watcherResourceGroup' | 'captureName';

export interface DownloadOptions {
  maxBytes: number;
  /** Account of the task whose file this is; it may be read besides those that are configured. */
  storageAccount?: string;
  signal: AbortSignal;
  onProgress: OnProgress;
}

export interface ModelRequest {
  /** Constant text; never holds data of the turn. */
  system: string;
  user: string;
  /** JSON Schema of the reply. */
  schema: Record<string, unknown>;
  schemaName: string;
  maxTokens: number;
  signal: AbortSignal;
  /** Hears what a request has cost that fails all the same: cut off, declined, or stopped half-way. */
  onWasted?: (usage: TokenUsage) => void;
}

export interface ModelReply {
  /** The model's text, untrusted, to be parsed by the caller. */
  text: string;
  usage: TokenUsage;
}

/** A language model: one request, one reply. Throws CapwrightError MODEL_REFUSED or MODEL_UNAVAILABLE. */
export interface Model {
  readonly name: string;
  complete(request: ModelRequest): Promise<ModelReply>;
}

/** Structured log to stderr. Fields must hold no secret and no packet text. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** A capture file on this machine, looked at but not parsed. */
export interface InspectedFile {
  /** Absolute, symbolic links resolved. */
  path: string;
  bytes: number;
  /**
   * SHA-256 of these bytes, in hex. It is being made since the file was inspected, or since it was first asked for,
   * beside whatever else is done with the file. Rejects with FILE_NOT_FOUND where the file did not stay the same meanwhile, and with CANCELLED.
   */
  sha256(): Promise<string>;
  /** Of the capture; where the file is packed, of what is in it. */
  format: 'pcap' | 'pcapng';
  /** How the whole file is packed; absent where it is not. */
  packing?: Packing;
}

/** The bytes of a capture in order, unpacked. */
export interface CaptureChunks extends AsyncIterable<Uint8Array> {
  /** Bytes of the file read so far, of its `bytes`: packed ones as they lie on disk. */
  bytesRead(): number;
  /** A sentence on why the chunks were not all of the capture; null where they were, or are not over yet. */
  shortfall(): string | null;
}

/** A stretch of a capture; of a packed one, of what it unpacks to. */
export interface CapturePlace {
  offset: number;
  length: number;
}

/** Capture files on this machine. */
export interface CaptureFiles {
  /**
   * Resolves and checks a file, and begins to hash it unless that is not wanted yet. `anywhere` is for the person at the shell; everybody else is held to the
   * allowed roots. Throws FILE_NOT_FOUND, FILE_UNREADABLE, PATH_NOT_ALLOWED, FILE_TOO_LARGE or NOT_A_CAPTURE.
   */
  inspect(
    path: string,
    scope: 'allowed roots' | 'anywhere',
    signal: AbortSignal,
    hash?: 'at once' | 'when asked for',
  ): Promise<InspectedFile>;
  /**
   * The bytes of a file that `inspect` returned, in order, at most 1 MiB at a time, never more than were inspected, and
   * unpacked never more than the largest capture may have. To be read once. Throws FILE_NOT_FOUND where the file is
   * gone or another one took its place, and CANCELLED.
   */
  chunks(file: InspectedFile, signal: AbortSignal): CaptureChunks;
  /**
   * The same at some places only, which are given in the order of the file; a packed file is unpacked for that up to the
   * last of them. Pieces and errors are those of `chunks`; where the file ends before a place does, they end too.
   */
  places(
    file: InspectedFile,
    places: readonly CapturePlace[],
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /**
   * Puts files of one session behind each other at `into`, earliest first, whole records only; the files stay as
   * they are. Throws FILE_NOT_FOUND, NOT_A_CAPTURE where none is one, or DISK_FULL.
   */
  combine(paths: readonly string[], into: string, signal: AbortSignal): Promise<Combined>;
}

/** `parts` are in the order in which they stand in the file; `why` ends a sentence of ours. */
export type Combined =
  | { combined: true; path: string; parts: CapturePart[] }
  | { combined: false; why: string };

/** Which file of a session it is: its place among those downloaded, from 1, and the instance it is from. */
export interface WhichFile {
  ordinal: number;
  instanceId: string | null;
}

/** The report for people who would rather look than read. */
export interface ReportPage {
  /**
   * One HTML page that holds all it shows: it loads nothing and runs no script. Whatever packets, tools or a model wrote
   * stands in it as text.
   */
  render(analysis: Analysis): Promise<string>;
}

/** What a task leaves behind for people: report, facts, script. */
export interface Artefacts {
  /** Where the downloaded capture of a task belongs; each file of a session that left many has a path of its own. */
  capturePath(id: string, which?: WhichFile): string;
  /** Writes a file of a task atomically, mode 0600, and returns its path. */
  save(id: string, name: string, content: string): Promise<string>;
  /** The same for what an analysis keeps of its attempts; `name` is a file, or a folder and a file. */
  keep(id: string, name: string, content: string): Promise<void>;
  /** Every finished file of a task, by its path below the task's folder, `attempts/` included; empty where it has none. */
  list(id: string): Promise<KeptFile[]>;
  /** Text of a file that `list` names; throws FILE_NOT_FOUND for every other name. */
  readFile(id: string, name: string): Promise<string>;
  /** Where `save` puts, or has put, a file of this name. */
  resultPath(id: string, name: string): string;
  read(path: string): Promise<string>;
  /** Temporary files and captures that belong to none of the given tasks and are older than `ageMs`. */
  leftovers(taskIds: ReadonlySet<string>, ageMs: number): Promise<LeftoverFile[]>;
  /** Finished captures and folders of results older than `ageMs`, but for those of the tasks in `busy`. */
  expired(busy: ReadonlySet<string>, ageMs: number): Promise<LeftoverFile[]>;
  /** Bytes of the captures here, finished or not, by the id of their task. */
  captureSizes(): Promise<Map<string, number>>;
  /** Removes what a killed process had begun of the task and nobody works at; the rest stays for `leftovers`. */
  dropUnfinished(id: string, what: 'downloads' | 'results'): Promise<void>;
  remove(path: string): Promise<void>;
}

/** A result of a task; `name` is its path below the task's folder, with `/`. */
export interface KeptFile {
  name: string;
  path: string;
  bytes: number;
}

export interface LeftoverFile {
  path: string;
  reason: string;
  ageSeconds: number;
}
