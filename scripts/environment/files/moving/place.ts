import type { SealingOf } from '../../environment';
import type { LockedEnvironment } from '../../store';

/** An environment's file, and how it is locked. */
export interface Place {
  readonly name: string;
  readonly file: string;
  readonly stateFolder: string;
  readonly sealing: SealingOf;
  lock(): Promise<LockedEnvironment>;
}
