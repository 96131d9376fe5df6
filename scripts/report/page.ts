/** What `report.hbs` shows: every text as it is to be read, already clean of secrets, escaped by the template. */
export interface ReportPage {
  readonly title: string;
  readonly heading: string;
  readonly verdict: Verdict;
  readonly counts: readonly Count[];
  readonly facts: readonly Fact[];
  /** Everything there is, each with a link to it; empty where there is only one. */
  readonly contents: readonly Section[];
  /** Those of the contents that failed. */
  readonly failed: readonly Section[];
  readonly sections: readonly Section[];
}

/** How something went: `tone` is for its colour, `mark` and `word` say the same without. */
export interface Verdict {
  readonly tone: 'good' | 'bad' | 'open';
  readonly mark: string;
  readonly word: string;
}

interface Count {
  readonly verdict: Verdict;
  readonly count: number;
}

export interface Fact {
  readonly term: string;
  readonly text: string;
}

/** One scenario, or one request of a program. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly isOpen: boolean;
  readonly size: string;
  readonly story: readonly Fact[];
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  /** What went wrong in it first: the rest mostly follows. */
  readonly firstComplaints: readonly Complaint[];
  /** How much more, in words. */
  readonly furtherComplaints: string;
}

interface Complaint {
  readonly step: string;
  readonly text: string;
}

/** The steps of one pass; a table's passes are told apart by their heading. */
interface Row {
  readonly heading: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly name: string;
  readonly verdict: Verdict;
  readonly isOpen: boolean;
  readonly answer: string;
  readonly duration: string;
  readonly complaints: readonly string[];
  /** The tests that passed. */
  readonly tests: readonly string[];
  readonly messages: readonly (readonly Message[])[];
}

/** A request or an answer, as HTTP would write it. */
export interface Message {
  readonly label: string;
  readonly start: string;
  readonly headers: string;
  readonly body: string;
  /** What was cut off, in words; empty when nothing was. */
  readonly omitted: string;
}
