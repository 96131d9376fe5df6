import type { Exchange, PlayedStep } from '../../newman/steps';
import { answerForm, orderedWaits, requestForm } from './exchange-form';
import { NormalForm } from './normalize';
import { answerOf, requestOf } from './raw-exchange';
import type { RecordedExchange, RecordedScenario, Recording, Rotation } from './recording-file';
import { hideKnown, patternsOf } from './redact';

/** Long enough to be a secret that was made, and no word that a scenario puts in its place. */
const shortestMade = 16;

/** A recording that is being made. */
export interface OpenRecording {
  /** Begins a scenario; `clock` is the server's, as in `2026-11-22T10:00:00.000Z`. */
  scenario(id: string, start?: { readonly clock?: string }): void;
  /** Adds an exchange of the scenario begun last. */
  add(exchange: Exchange): void;
  /** Adds what a refresh did to the refresh token, where another part of the program sent it. */
  rotated(rotation: Rotation): void;
  /** Adds what the steps of the scenario begun last complained of, so that a failed run can be played again, too. */
  judge(steps: readonly PlayedStep[]): void;
  /** The recording as JSON. Two runs with the same seed give the same bytes; no secret stands in it. */
  text(): string;
}

export interface RecordingStart {
  readonly seed: string;
  /** The sandbox's; '' for Xero, whose addresses are no secret and always the same. */
  readonly baseUrl: string;
}

/** Begins the recording of a run. */
export function openRecording({ seed, baseUrl }: RecordingStart): OpenRecording {
  const scenarios = new Map<string, Making>();
  const last = (): Making => {
    const making = [...scenarios.values()].at(-1);
    if (making === undefined) throw new Error('no scenario has begun');
    return making;
  };
  return {
    scenario: (id, { clock } = {}) => {
      scenarios.delete(id);
      scenarios.set(id, begin(baseUrl, clock));
    },
    add: (exchange) => addExchange(last(), exchange),
    rotated: (rotation) => void (last().rotation = rotation),
    judge: (steps) => void (last().judged = steps),
    text: () => recordingText(seed, scenarios),
  };
}

interface Making {
  readonly form: NormalForm;
  readonly clock: string | undefined;
  readonly exchanges: RecordedExchange[];
  readonly ordered: Set<string>;
  rotation?: Rotation;
  judged: readonly PlayedStep[];
}

function begin(baseUrl: string, clock: string | undefined): Making {
  const form = new NormalForm(baseUrl);
  return { form, clock: clock && form.text(clock), exchanges: [], ordered: new Set(), judged: [] };
}

function addExchange({ form, exchanges, ordered }: Making, { at, request, response }: Exchange): void {
  const sent = requestOf(request);
  for (const wait of orderedWaits(sent)) ordered.add(wait);
  const recorded = requestForm(sent, form);
  const answer = response === undefined ? null : answerForm(answerOf(response), form, ordered);
  exchanges.push({ row: at.row, position: at.position, step: at.name, request: recorded, answer });
}

function recordingText(seed: string, scenarios: ReadonlyMap<string, Making>): string {
  const made = new Set([...scenarios.values()].flatMap(({ form }) => form.table.secrets().filter(isMade)));
  const ofRun = patternsOf(made);
  const all = [...scenarios].map(([id, making]): [string, unknown] => {
    return [id, hideKnown(recorded(making), making.form.table, ofRun)];
  });
  const recording = { recording: 'evergrant qa', version: 1, seed, scenarios: Object.fromEntries(all) };
  return `${JSON.stringify(recording satisfies Record<keyof Recording, unknown>, null, 2)}\n`;
}

function isMade(secret: string): boolean {
  return secret.length >= shortestMade && /\d/.test(secret);
}

function recorded({ form, clock, exchanges, judged, rotation }: Making): RecordedScenario {
  const said = judged.filter(({ complaints }) => complaints.length > 0);
  const complaints = said.map(({ row, position, name, complaints: all }) => ({
    row,
    position,
    step: name,
    said: all.map((one) => form.text(one)),
  }));
  const known = { ...(clock && { clock }), ...(rotation && { rotation }) };
  return { ...known, exchanges, jwts: Object.fromEntries(form.claims), complaints };
}
