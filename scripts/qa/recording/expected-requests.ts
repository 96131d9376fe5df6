import { requestForm } from './exchange-form';
import { NormalForm } from './normalize';
import type { RawRequest } from './raw-exchange';
import type { RecordedExchange, RecordedRequest, RecordedScenario } from './recording-file';
import { hideKnown } from './redact';
import { differingFact, nameOf } from './request-facts';
import { liveAnswer, type LiveAnswer } from './synthesize';

/** The first request that is not as it was recorded; placeholders stand where values would. */
export interface RequestDifference {
  /** Which request it is, counted from 0; past the recorded ones where one came too many. */
  readonly at: number;
  /** Its place in the recording, undefined where it has none. */
  readonly exchange: RecordedExchange | undefined;
  readonly recorded: string;
  readonly now: string;
}

/** What comes back for a request: an answer, or the connection is cut. */
type Reply = LiveAnswer | 'cut';

/** The requests of a scenario that is played again, each expected when the one before has come. */
export interface ExpectedRequests {
  meet(request: RawRequest, now: Date): Reply;
  /** Once all is played. */
  difference(): RequestDifference | undefined;
}

export function expectRequests(scenario: RecordedScenario, baseUrl: string): ExpectedRequests {
  const form = new NormalForm(baseUrl);
  const { exchanges } = scenario;
  let came = 0;
  let first: RequestDifference | undefined;
  return {
    meet: (request, now) => {
      const seen = scrubbed(requestForm(request, form), form);
      const [at, exchange] = [came, exchanges[came]];
      came += 1;
      first ??= differenceOf(exchange, seen, at);
      if (exchange === undefined) return { status: 404, headers: {}, text: '' };
      return exchange.answer === null ? 'cut' : liveAnswer(exchange.answer, scenario, form, now);
    },
    difference: () => first ?? missing(exchanges, came),
  };
}

/** As the recording was when it was written. */
function scrubbed(request: RecordedRequest, form: NormalForm): RecordedRequest {
  return hideKnown(request, form.table) as RecordedRequest; // only texts become other texts
}

function missing(exchanges: readonly RecordedExchange[], came: number): RequestDifference | undefined {
  const exchange = exchanges[came];
  return exchange && { at: came, exchange, recorded: nameOf(exchange.request), now: 'no further request comes' };
}

function differenceOf(
  exchange: RecordedExchange | undefined,
  seen: RecordedRequest,
  at: number,
): RequestDifference | undefined {
  if (exchange === undefined) return { at, exchange, recorded: 'no further request', now: `${nameOf(seen)} comes` };
  const fact = differingFact(exchange.request, seen);
  return fact && { at, exchange, ...fact };
}
