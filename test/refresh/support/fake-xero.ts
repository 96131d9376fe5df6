import type { Answer } from '../../../scripts/refresh/token-answer';
import { gracePeriodMs } from '../../../scripts/xero';

/** What Xero's documents leave open. */
export interface Variant {
  /** Whether a retry within the grace brings the same successor, or another. */
  readonly successor: 'same' | 'new';
  readonly graceEnds: 'by time' | 'with its successor';
}

interface Token {
  usedAt: Date | undefined;
  isOver: boolean;
  successor: string;
  readonly predecessor: string | undefined;
}

export interface FakeXero {
  /** Answers a refresh at its token endpoint. */
  refresh(refreshToken: string): Answer;
  accepts(refreshToken: string): boolean;
  usedAt(refreshToken: string): Date | undefined;
  /** How many refresh tokens were used. */
  redemptions(): number;
}

/** Xero's token endpoint: single use refresh tokens, each honoured for 30 minutes after its first use. */
export function fakeXero(first: string, { successor, graceEnds }: Variant, now: () => Date): FakeXero {
  const tokens = new Map<string, Token>();
  const add = (predecessor?: string): string => {
    const name = predecessor === undefined ? first : `refresh-${tokens.size + 1}`;
    tokens.set(name, { usedAt: undefined, isOver: false, successor: '', predecessor });
    return name;
  };
  const isLive = (token: Token | undefined): token is Token =>
    token !== undefined &&
    !token.isOver &&
    (token.usedAt === undefined || now().getTime() - token.usedAt.getTime() <= gracePeriodMs);
  add();
  return {
    refresh: (refreshToken) => {
      const token = tokens.get(refreshToken);
      if (!isLive(token)) return answer(400, { error: 'invalid_grant' });
      const before = tokens.get(token.predecessor ?? '');
      if (before && graceEnds === 'with its successor') before.isOver = true;
      token.usedAt ??= now();
      if (token.successor === '' || successor === 'new') token.successor = add(refreshToken);
      return answer(200, {
        access_token: `access-${tokens.size}`,
        refresh_token: token.successor,
        expires_in: 1800,
        token_type: 'Bearer',
      });
    },
    accepts: (refreshToken) => isLive(tokens.get(refreshToken)),
    usedAt: (refreshToken) => tokens.get(refreshToken)?.usedAt,
    redemptions: () => [...tokens.values()].filter(({ usedAt }) => usedAt !== undefined).length,
  };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
