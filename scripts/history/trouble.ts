import * as v from 'valibot';

/** A trouble of one environment that people were told of, and that is not over as far as anybody knows. */
export interface Trouble {
  /** The environment's name; of a note about the run itself, the words that tell it from others. */
  readonly name: string;
  /** An outcome of `refresh --json`; `waiting` for a link that nobody opened, `note` for what is no failure. */
  readonly outcome: string;
  /** What is wrong, as the `code` of an error. */
  readonly code: string;
  /** When a run first found it. */
  readonly since: Date;
  /** When people were last told of it. */
  readonly saidAt: Date;
  /** It passes for all others, but not for this one: it is a trouble of its own. */
  readonly isOwn: boolean;
}

const instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.date(),
);

const saidShape = v.object({
  troubles: v.array(
    v.object({
      name: v.string(),
      outcome: v.string(),
      code: v.string(),
      since: instant,
      saidAt: instant,
      isOwn: v.fallback(v.boolean(), false),
    }),
  ),
});

/** The troubles in a kept JSON value; none in any other value. */
export function troublesIn(value: unknown): readonly Trouble[] {
  const parsed = v.safeParse(saidShape, value);
  return parsed.success ? parsed.output.troubles : [];
}
