import type { RequestName } from '../../newman/requests';

/** One flow of authorisation, good or bad: a folder of the QA collection, played from top to bottom. */
export interface Scenario {
  /** Stable: tickets and reports name it. */
  readonly id: `QA-${number}`;
  /** What is true of Xero, or of the collection, when it passes. */
  readonly title: string;
  readonly given: string;
  readonly when: string;
  readonly then: string;
  /** An RFC's section, or a page of Xero's. */
  readonly source: string;
  /** Played against Xero itself, too: it needs no customer, no fault and no other clock. */
  readonly isLive?: true;
  /** The scenario is played once with each row; steps name its values as `{{column}}`. */
  readonly rows?: readonly Readonly<Record<string, string>>[];
  readonly steps: readonly (Step | readonly Step[])[];
}

export type Step = MainStep | ControlStep;

interface AnyStep {
  readonly name: string;
  /** Put into the environment before the request, in this order; `{{names}}` are filled in, also in a key. */
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** What is done to the pasted address after that. */
  readonly before?: PastedChange;
  readonly expect: Expectation;
  /** It only brings the sandbox to where Xero itself is already: a live run leaves it out. */
  readonly isSetUp?: true;
}

/** What is done to the pasted address in `callback_url`. */
export interface PastedChange {
  /** What becomes of it, by a name in `pastedAs` of the QA collection's scripts, or a row's column. */
  readonly as?: string;
  /** Another state: by a name in `otherState` there or a row's column, or made for the step. */
  readonly state?: string | OtherState;
}

/** How a made state differs from that of a link which the environment makes now. */
interface OtherState {
  /** `eg2` when not given; `egp1` becomes the environment's newest, too. */
  readonly form?: 'eg1' | 'egp1';
  readonly daysAgo?: number;
  /** The environment that it names. */
  readonly name?: string;
  readonly mayReplace?: boolean;
}

/** Sends a request of the main collection, with its scripts as they are. */
export interface MainStep extends AnyStep {
  readonly request: RequestName;
}

/** Orders the sandbox about: moves its clock, plays the customer, makes it fail. */
export interface ControlStep extends AnyStep {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the sandbox's `/sandbox/`. */
  readonly address: string;
  readonly body?: object;
}

/** A value of the scenario's table, filled in for each row. */
export type Column = `{{${string}}}`;

/** What must come of a step. Of what is not named nothing is expected, but that it answers in time. */
export interface Expectation {
  /** The answer's status, or a row's column as `{{column}}`. */
  readonly status?: number | Column;
  /** The answer's headers, each with its whole value. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parts of the answer's JSON by their path, as in `0.tenantName`. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Some of what the collection's script tells the person, a column filled in; a step without it must have nothing to complain of. */
  readonly refusal?: string;
  /** The collection's script holds the request back, with this (a column filled in) and nothing sent. */
  readonly heldBack?: string;
  /** The connection is cut: no answer comes. */
  readonly isUnanswered?: true;
  /** Rows of the environment after the step, by key; `{{names}}` are filled in. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Rows that are as they were before the step. */
  readonly kept?: readonly string[];
  /** Rows that are filled, and other than before. */
  readonly changed?: readonly string[];
  /** Rows that hold a time this many seconds from now, plus or minus 30. */
  readonly ahead?: Readonly<Record<string, number>>;
  /** Takes parts of the answer's JSON into the environment, by path. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Keeps the link that was sent, as `consent_link`. */
  readonly keepLink?: true;
  /** Takes every row of the environment file in the answer. */
  readonly keepEnvironment?: true;
}
