import { describe, expect, test } from 'vitest';
import { callbackFailure, parseCallback } from '../../scripts/consent/callback';
import { Failure } from '../../scripts/errors';
import { pastedCallbacks } from '../collection/support/pasted-callbacks';

/** What core reads, or the code of what it refuses. */
function readingOf(pasted: string): unknown {
  try {
    const callback = parseCallback(pasted);
    if (callback.kind === 'code') return { code: callback.code, state: callback.state };
    const { code } = callbackFailure(callback, 'acme');
    return ['access_denied', 'invalid_scope'].includes(code) ? code : 'error';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code;
  }
}

describe('what people paste is read as the collection reads it', () => {
  test.each(pastedCallbacks.map(({ name, pasted, expected }) => [name, pasted, expected] as const))(
    '%s',
    (_, pasted, expected) => {
      expect(readingOf(pasted)).toEqual(expected);
    },
  );
});
