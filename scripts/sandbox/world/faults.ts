import * as v from 'valibot';

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A status, as a number or as its digits: in a scenario's data table every value is a text. */
const Status = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.digits(), v.transform(Number))]),
  v.integer(),
  v.minValue(200),
  v.maxValue(599),
);

const where = {
  on: v.picklist(['authorize', 'token', 'revocation', 'connections', 'organisation']),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  grantType: v.exactOptional(v.string()),
  clientId: v.exactOptional(v.string()),
};

/** A fault to play on the next `times` requests that match. With `lost_after`, the request is processed first. */
export const Fault = v.variant('fault', [
  v.strictObject({ fault: v.literal('lost_before'), ...where }),
  v.strictObject({ fault: v.literal('lost_after'), ...where }),
  v.strictObject({
    fault: v.literal('half_body'),
    /** An answer of unknown length ends with its connection (RFC 9112 §6.3), so that half of it looks like the whole. */
    length: v.optional(v.picklist(['known', 'unknown']), 'known'),
    ...where,
  }),
  v.strictObject({
    fault: v.literal('status'),
    status: Status,
    retryAfter: v.exactOptional(v.union([wholeNumber, v.string()])),
    rateLimitProblem: v.exactOptional(v.string()),
    body: v.exactOptional(v.unknown()),
    ...where,
  }),
  /** The form is lost on the way, as by a proxy that drops bodies; the rest of the request arrives. */
  v.strictObject({ fault: v.literal('no_form'), ...where }),
  v.strictObject({ fault: v.literal('html'), ...where }),
  v.strictObject({ fault: v.literal('html_after'), ...where }),
  v.strictObject({ fault: v.literal('slow'), delayMs: wholeNumber, ...where }),
  v.strictObject({ fault: v.literal('no_refresh_token'), ...where }),
  v.strictObject({ fault: v.literal('too_big'), ...where }),
  v.strictObject({ fault: v.literal('redirect'), location: v.string(), ...where }),
  v.strictObject({ fault: v.literal('wrong_date'), skewSeconds: v.pipe(v.number(), v.integer()), ...where }),
]);

export type Fault = v.InferOutput<typeof Fault>;

export interface FaultRequest {
  readonly on: Fault['on'];
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
}

/** The first planned fault that matches a request; its `times` is reduced by one, and at 0 it is removed. */
export function takeFault(planned: Fault[], request: FaultRequest): Fault | undefined {
  const index = planned.findIndex((fault) => fits(fault, request));
  const fault = planned[index];
  if (!fault) return undefined;
  fault.times -= 1;
  if (fault.times === 0) planned.splice(index, 1);
  return fault;
}

function fits(fault: Fault, { on, grantType, clientId }: FaultRequest): boolean {
  if (fault.on !== on) return false;
  if (fault.grantType !== undefined && fault.grantType !== grantType) return false;
  return fault.clientId === undefined || fault.clientId === clientId;
}
