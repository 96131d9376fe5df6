import * as v from 'valibot';
import { invalid } from '../../errors';
import { jsonOf } from '../../text/json';

const texts = v.record(v.string(), v.string());

/** A JSON value, the fields of a form or a text, all with placeholders; nothing for an empty body. */
const Body = v.union([
  v.strictObject({ json: v.unknown() }),
  v.strictObject({ form: v.array(v.string()) }),
  v.strictObject({ text: v.string() }),
  v.record(v.string(), v.never()),
]);
const Status = v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599));
const Request = v.strictObject({ method: v.string(), url: v.string(), headers: texts, body: Body });
const Answer = v.strictObject({ status: Status, headers: texts, body: Body });
const Place = { row: v.number(), position: v.number(), step: v.string() };
const Scenario = v.strictObject({
  clock: v.exactOptional(v.string()),
  exchanges: v.array(v.strictObject({ ...Place, request: Request, answer: v.nullable(Answer) })),
  jwts: v.record(v.string(), v.unknown()),
  rotation: v.exactOptional(v.picklist(['a new one', 'the same'])),
  complaints: v.array(v.strictObject({ ...Place, said: v.array(v.string()) })),
});
const Recording = v.strictObject({
  recording: v.literal('evergrant qa'),
  version: v.literal(1),
  seed: v.string(),
  scenarios: v.record(v.string(), Scenario),
});

export type RecordedBody = v.InferOutput<typeof Body>;
export type RecordedRequest = v.InferOutput<typeof Request>;
export type RecordedAnswer = v.InferOutput<typeof Answer>;
export type RecordedScenario = v.InferOutput<typeof Scenario>;
/** What a refresh that was answered with tokens did to the refresh token. */
export type Rotation = NonNullable<RecordedScenario['rotation']>;
export type RecordedExchange = RecordedScenario['exchanges'][number];

/** What a run of the QA collection left behind; it holds no secret. An answer that never came is null. */
export type Recording = v.InferOutput<typeof Recording>;

/** Reads a recording; `file` is for the message. @throws Failure `invalid` for what is none */
export function parseRecording(text: string, file: string): Recording {
  const parsed = v.safeParse(Recording, jsonOf(text));
  if (parsed.success) return parsed.output;
  const place = v.getDotPath(parsed.issues[0]) ?? 'the file';
  const hint = 'name a recording that evergrant qa has made';
  throw invalid('not_a_recording', `${file} is no recording of a QA run: ${place} is not right`, hint);
}
