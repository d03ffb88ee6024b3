import type { EngineStatus, Isolation } from '../ports.ts';

/** One line of `capwright doctor`, and one object of its JSON. */
export interface Check {
  name: string;
  /** missing stops the main job; optional only narrows it. */
  state: 'ok' | 'optional' | 'missing';
  detail: string;
  /** Further lines for people; `sandbox` has the same for programs. */
  more?: string[];
  fix: string | null;
  sandbox?: SandboxFacts;
}

/** What would hold a capture now. */
export interface SandboxFacts {
  isolation: Isolation;
  /** null where no session could be opened. */
  tsharkVersion: string | null;
  tools: readonly string[];
  /** Every engine that was asked, strongest first. */
  engines: readonly EngineStatus[];
}
