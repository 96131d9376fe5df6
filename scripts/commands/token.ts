import { homeOf, type Context } from '../context';
import { valueOf } from '../environment/environment';
import type { AccessOptions } from '../refresh/access';
import { withAccess } from '../refresh/valid-access';

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
