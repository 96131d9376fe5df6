import { homeOf, type Context } from '../context';
import type { AccessOptions } from '../core/access';
import { valueOf } from '../core/environment';
import { withAccess } from '../fleet/access';

export interface TokenCommand extends AccessOptions {
  readonly name: string;
  readonly asHeader: boolean;
}

/** Prints a valid access token, refreshed first if it has too little left: the one command that prints a secret. */
export async function token(options: TokenCommand, context: Context): Promise<number> {
  const environment = await withAccess(homeOf(context, options.name), options, context);
  const accessToken = valueOf(environment, 'access_token');
  context.console.disclose(options.asHeader ? `Authorization: Bearer ${accessToken}` : accessToken);
  return 0;
}
