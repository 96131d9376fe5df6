import type { Clock } from './clock';
import type { Fault } from './faults';
import type { LogEntry } from './request-log';
import type { StateFile } from './state-file';
import type { VariantChanges } from './variants';
import type { World } from './world';

/** A running sandbox: what it remembers, and what only this run knows. */
export interface Sandbox {
  readonly world: World;
  readonly clock: Clock;
  readonly log: LogEntry[];
  readonly faults: Fault[];
  readonly stateFile: StateFile;
  readonly startVariants: VariantChanges;
}
