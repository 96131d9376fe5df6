/** A server that stays: what it does beside handing out tokens, and as whom. */
export interface Serving {
  readonly user: string;
  /** Whether this machine has that user already. */
  readonly isThere?: boolean | undefined;
  /** Whether it keeps every token refreshed, in place of the job. */
  readonly isRefreshing: boolean;
  /** Whether it serves the callback page. */
  readonly hasCallback: boolean;
  /** Who may use its unix socket; undefined: the user's own group. */
  readonly group: string | undefined;
  /** How many pods. */
  readonly replicas: number;
}

/** Where programs of the machine find it over HTTP, as the guide has it. */
export const usualPort = 8099;

/** The program's arguments; `doors` says where it listens. The caller must quote the folder's path. */
export function serveArguments(environments: string, doors: readonly string[], serving: Serving): string[] {
  const { isRefreshing, hasCallback } = serving;
  return [
    '--environments',
    environments,
    'serve',
    ...doors,
    ...(isRefreshing ? ['--refresh'] : []),
    ...(hasCallback ? ['--callback'] : []),
  ];
}

/** Who keeps tokens warm where the server doesn't, for people. */
export function adviseJob({ isRefreshing }: Serving, kind: string): string[] {
  if (isRefreshing) return ['it refreshes by itself, in place of the job'];
  return [
    `it refreshes what is asked for and is due; to keep all connections alive: --refresh, or the job of schedule ${kind}`,
  ];
}

/** How a program gets in, for people. */
export const adviseClients = 'a client for each program: npx evergrant client add NAME --for acme';
