import { homeOf, refreshEffects, type Context } from '../context';
import { valueOf } from '../core/environment';
import { refreshGrant } from '../core/refresh';

export interface TokenCommand {
  readonly name: string;
  readonly asHeader: boolean;
  readonly minValidityMs: number;
  readonly patienceMs: number;
  readonly waitMs: number;
}

/** Prints a valid access token, refreshed first if it has too little left: the one command that prints a secret. */
export async function token(options: TokenCommand, context: Context): Promise<number> {
  const home = homeOf(context, options.name);
  const { minValidityMs: ms, patienceMs, waitMs } = options;
  const refreshOptions = { profile: { kind: 'min_validity', ms }, isForced: false, patienceMs, waitMs } as const;
  const { environment } = await refreshGrant(home, refreshOptions, refreshEffects(context, patienceMs));
  const accessToken = valueOf(environment, 'access_token');
  context.console.disclose(options.asHeader ? `Authorization: Bearer ${accessToken}` : accessToken);
  return 0;
}
