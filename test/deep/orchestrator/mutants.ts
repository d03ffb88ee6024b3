/** A change that takes one safeguard away, as text that is replaced in a copy of the source. */
export interface Mutant {
  name: string;
  patches: { file: string; from: string; to: string }[];
  /** Lives on the store in memory or on the real one, and how many of them may pass before one must break. */
  kind: 'memory' | 'sqlite';
  most: number;
}

const EVOLVE = 'src/domain/evolve.ts';
const CLEANING = 'src/domain/cleaning.ts';
const EFFECTS = 'src/capture/effects.ts';
const ROWS = 'src/adapters/sqlite-task-store/task-rows.ts';

/** What each safeguard is worth: without it, some simulated life must go wrong. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'one capture per VM is not held by the store',
    kind: 'sqlite',
    most: 300,
    patches: [
      { file: ROWS, from: '  tasks.forEach((task) => mustBeFree(db, reader, task));\n', to: '' },
      { file: ROWS, from: '    mustBeFree(db, reader, task);\n', to: '' },
      {
        file: 'src/adapters/sqlite-task-store/schema.ts',
        from: 'CREATE UNIQUE INDEX one_capture_per_vm',
        to: 'CREATE INDEX one_capture_per_vm',
      },
    ],
  },
  {
    name: 'the name of a capture is chosen anew at each try',
    kind: 'memory',
    most: 50,
    patches: [
      {
        file: EFFECTS,
        from: 'await cloud.ensureCapture(task.plan, call.signal);',
        to: 'await cloud.ensureCapture({ ...task.plan, captureName: `${task.plan.captureName}${clock.now()}` }, call.signal);',
      },
    ],
  },
  {
    name: 'nobody looks for the tasks of the dead',
    kind: 'memory',
    most: 50,
    patches: [
      {
        file: 'src/capture/driver.ts',
        from: '          drive(id);\n          analyze(id, false);\n',
        to: '          void id;\n',
      },
    ],
  },
  {
    name: 'cleaning up is tried once',
    kind: 'memory',
    most: 200,
    patches: [
      {
        file: EFFECTS,
        from: "  if (passing || task.state === 'cleaning') {",
        to: "  if (task.state === 'cleaning') {\n    return { type: 'deletion_seen' };\n  }\n  if (passing) {",
      },
    ],
  },
  {
    name: 'a capture is created before the intent is stored',
    kind: 'memory',
    most: 300,
    patches: [
      {
        file: 'src/domain/next-action.ts',
        from: "return { do: 'record', event: { type: 'create_intended' } };",
        to: "return { do: 'ensure' };",
      },
      { file: EVOLVE, from: "event.type === 'create_intended'", to: "event.type === 'created'" },
    ],
  },
  {
    name: 'a capture is put without a look whether it is there',
    kind: 'memory',
    most: 100,
    patches: [
      {
        file: 'test/deep/orchestrator/world.ts',
        from: '      if (!there) {',
        to: '      if (!there || true) {',
      },
    ],
  },
  {
    name: 'a deletion is not read back',
    kind: 'memory',
    most: 100,
    patches: [
      {
        file: EFFECTS,
        from: '(await cloud.deleteCapture(task.plan, call.signal))\n',
        to: '(await cloud.deleteCapture(task.plan, call.signal)) || true\n',
      },
    ],
  },
  {
    name: 'a VM is free although a lost request may still arrive',
    kind: 'memory',
    most: 500,
    patches: [{ file: CLEANING, from: 'unclearUntil !== null && askedAt < unclearUntil', to: 'false' }],
  },
  {
    name: 'the answer to a deletion counts as new, however old it is',
    kind: 'memory',
    most: 20_000,
    patches: [{ file: CLEANING, from: 'Math.min(event.askedAt ?? now, now)', to: 'now' }],
  },
  {
    name: 'the journal is written after the transaction of its state',
    kind: 'sqlite',
    most: 200,
    patches: [
      {
        file: ROWS,
        from: '    addEvent(db, next, event, row.fence, now);\n',
        to: '    setImmediate(() => { try { addEvent(db, next, event, row.fence, now); } catch {} });\n',
      },
    ],
  },
];

/** The safeguard against a process that writes over its successor is asked for by the contract of the store alone. */
export const NO_FENCE: Mutant['patches'] = [
  {
    file: 'src/adapters/sqlite-task-store/store.ts',
    from: 'row !== null && row.owner === self && row.fence === fence',
    to: 'row !== null',
  },
];
