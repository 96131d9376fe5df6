import fs from 'node:fs';
import path from 'node:path';
import { name, type ConnectedPlace } from '../connected-place';
import { refreshInProcess } from '../in-process';
import { forced, fromCron } from '../kill-trials';
import { recordSteps, runWith, type Step, type StepPlan } from '../stepped-program';
import { recordRun, type Recorded } from './power-cuts';

/** A run to cut the power in, from a state that it may find. */
export interface CutScenario {
  readonly title: string;
  readonly record: () => Promise<Recorded>;
}

/** Every kind of run that writes tokens. `steps` are those of an ordinary one. */
export function cutScenarios(place: ConnectedPlace, steps: readonly Step[]): CutScenario[] {
  const numberOf = (isIt: (step: Step) => boolean): number => steps.findIndex(isIt) + 1;
  const markWritten = numberOf(({ call, place: at }) => call === 'writeSync' && at.endsWith('.tmp'));
  const answered = numberOf(({ call }) => call === 'socket data');
  const put = numberOf(({ call, place: at }) => call === 'renameSync' && at.endsWith('.next'));
  const cannotSave: StepPlan = { fault: { step: put, code: 'EIO', lasts: false, spared: [] } };
  return [
    {
      title: 'a first refresh',
      record: () => {
        forgetKept(place);
        return recordRun(place, forced);
      },
    },
    {
      title: 'a refresh after one that was killed while it marked the file',
      record: async () => {
        await settle(place);
        await runWith({ kill: { step: markWritten, side: 'after' } }, place.folder, forced);
        return recordRun(place, forced);
      },
    },
    {
      title: 'a refresh after one that was killed with the answer in its hands',
      record: async () => {
        await settle(place);
        await runWith({ kill: { step: answered, side: 'after' } }, place.folder, forced);
        return recordRun(place, fromCron);
      },
    },
    {
      title: 'a refresh beside another in the same process, which shares its syncs',
      record: async () => {
        await settle(place);
        await writeCompanion(place);
        return recordRun(place, ['refresh', name, companion, '--force', '--processes', '1']);
      },
    },
    {
      title: 'a refresh that cannot save and leaves a recovery file',
      record: async () => {
        await settle(place);
        return recordRun(place, forced, cannotSave);
      },
    },
    {
      title: 'a run that takes a recovery file over',
      record: async () => {
        await settle(place);
        await runWith(cannotSave, place.folder, forced);
        return recordRun(place, fromCron);
      },
    },
  ];
}

/** The steps of a refresh that makes nothing for the first time. */
export async function settledSteps(place: ConnectedPlace): Promise<readonly Step[]> {
  await settle(place);
  const { ended, steps } = await recordSteps(place.folder, forced);
  if (ended.code !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
  return steps;
}

const companion = 'companion';

/** A second environment in the same folder. It needs no consent, so whatever state it is left in, it can be refreshed. */
async function writeCompanion({ file, sandbox }: ConnectedPlace): Promise<void> {
  const environment = await sandbox.environment('custom_connection', companion);
  const beside = path.join(path.dirname(file), `${companion}.postman_environment.json`);
  fs.writeFileSync(beside, JSON.stringify(environment), { mode: 0o600 });
}

const kept = 5;

/** Makes as many generations as are kept, so that the next refresh takes an old one away. */
export async function settle({ folder }: ConnectedPlace): Promise<void> {
  for (let made = 0; made < kept; made++) await refreshInProcess(folder, 'now');
}

/** Takes away all that is kept beside an environment, so that the next refresh is its first. */
export function forgetKept({ file }: ConnectedPlace): void {
  fs.rmSync(path.join(path.dirname(file), '.evergrant'), { recursive: true, force: true });
}
