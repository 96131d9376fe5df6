import type { Failure } from '../errors';

/** What an app's file may hold, for all environments that name the app in their row `app`. */
export const appKeys = [
  'client_id',
  'client_secret',
  'redirect_uri',
  'scopes',
  'sender',
  // The secret before the present one, kept by `set`: Xero may take either while they are replaced, and links are signed with it.
  'client_secret_previous',
] as const;
export type AppKey = (typeof appKeys)[number];
export type AppValues = Readonly<Partial<Record<AppKey, string>>>;

/** The app that an environment names, as it was found. */
export interface App {
  readonly name: string;
  /** The place as a person would name it, for messages. */
  readonly where: string;
  /** Undefined where there is no such app, or it can't be read. */
  readonly values?: AppValues | undefined;
  /** Why it can't be read, or is not believed. */
  readonly fault?: Failure | undefined;
}
