import path from 'node:path';
import { packageFolder } from '../package-folder';

/** The requests of the collection, by name. */
export type RequestName =
  | 'Consent link'
  | 'Exchange code'
  | 'List connections'
  | 'Refresh tokens'
  | 'Check access'
  | 'Get access token'
  | 'Remove connection'
  | 'Revoke consent';

/** The collection whose requests this program sends. */
export const collectionFile = path.join(packageFolder, 'collections/xero-oauth2.postman_collection.json');
