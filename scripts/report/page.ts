/** What `report.hbs` shows. Every text is final and free of secrets; the template escapes it. */
export interface ReportPage {
  readonly title: string;
  readonly heading: string;
  readonly verdict: Verdict;
  readonly counts: readonly Count[];
  readonly facts: readonly Fact[];
  /** All sections, each with a link to it; empty when there is only one. */
  readonly contents: readonly Section[];
  /** The sections that failed. */
  readonly failed: readonly Section[];
  readonly sections: readonly Section[];
}

/** A result: `tone` chooses its colour, `mark` and `word` say the same in text. */
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

/** One scenario, or one request of the program. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly isOpen: boolean;
  readonly size: string;
  readonly story: readonly Fact[];
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  /** Its first complaints; later ones are mostly consequences. */
  readonly firstComplaints: readonly Complaint[];
  /** The number of further complaints, in words. */
  readonly furtherComplaints: string;
}

interface Complaint {
  readonly step: string;
  readonly text: string;
}

/** The steps of one pass. The passes of a table have different headings. */
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

/** A request or an answer in the form of HTTP. */
export interface Message {
  readonly label: string;
  readonly start: string;
  readonly headers: string;
  readonly body: string;
  /** How much was cut off, in words; '' when nothing was. */
  readonly omitted: string;
}
