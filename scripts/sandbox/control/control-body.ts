import type { Context, Middleware } from 'koa';
import * as v from 'valibot';
import { Failure } from '../../errors';
import { ConsentRefused } from './scripted-user';

/** Parses the body of a request to the control API. `oneLineErrors` answers when it throws. */
export function parseBody<S extends v.GenericSchema>(schema: S, ctx: Context): v.InferOutput<S> {
  const body: unknown = ctx.request.body;
  return v.parse(schema, body ?? {});
}

/** Answers a bad request with 400 and `{"error": one line}`. An unexpected error is thrown on. */
export const oneLineErrors: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const line = oneLine(error);
    if (line === undefined) throw error;
    ctx.status = 400;
    ctx.body = { error: line };
  }
};

function oneLine(error: unknown): string | undefined {
  if (error instanceof v.ValiError) {
    const [issue] = error.issues as readonly v.BaseIssue<unknown>[]; // the type depends on the schema
    return issue && `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`;
  }
  const expected = [RangeError, SyntaxError, Failure, ConsentRefused];
  return error instanceof Error && expected.some((kind) => error instanceof kind) ? error.message : undefined;
}
