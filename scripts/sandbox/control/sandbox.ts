import type { LogEntry } from '../http/request-log';
import type { Clock } from '../world/clock';
import type { Fault } from '../world/faults';
import type { StateFile } from '../world/state-file';
import type { VariantChanges } from '../world/variants';
import type { World } from '../world/world';

/** A running sandbox: what it remembers, and what only this run knows. */
export interface Sandbox {
  readonly world: World;
  readonly clock: Clock;
  readonly log: LogEntry[];
  readonly faults: Fault[];
  readonly stateFile: StateFile;
  readonly startVariants: VariantChanges;
}
