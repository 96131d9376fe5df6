/** How this machine reaches the server. */
export interface Way {
  readonly where: string;
  /** A folder stands for a socket file in it. */
  readonly host: string;
  readonly port: number;
  readonly sslmode: string;
}

/** Something about a database that a person should know. */
export interface StoreFinding {
  readonly code: string;
  /** Whether it would cost tokens, or lets nothing be refreshed. */
  readonly isGrave: boolean;
  readonly problem: string;
  readonly why: string;
  readonly mend: string;
}
