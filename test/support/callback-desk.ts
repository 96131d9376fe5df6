import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { callbackTargets } from '../../scripts/consent/callback-target';
import { consentDesk, type ConsentDesk } from '../../scripts/consent/finish';
import { hmacSha256 } from '../../scripts/consent/hmac';
import { makeState, nameIn } from '../../scripts/consent/state';
import { systemContext } from '../../scripts/context';
import { NameIndex } from '../../scripts/environment/files/name-index';
import { environmentText } from './servers/xero-server';

/** A folder with many environments of one app, and the desk of a `listen` over it, in this process. */
export interface Crowd {
  readonly folder: string;
  readonly desk: ConsentDesk;
  readonly names: readonly string[];
  fileOf(name: string): string;
}

const app = {
  clientSecret: 'the-secret-of-the-one-app-that-all-have',
  clientId: 'A1B2C3D4E5F6',
  redirectUri: 'http://localhost:8080/callback',
};

export function makeCrowd(count: number): Crowd {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evergrant-crowd-'));
  const names = Array.from({ length: count }, (_, index) => `customer-${String(index).padStart(5, '0')}`);
  const fileOf = (name: string): string => path.join(folder, `${name}.postman_environment.json`);
  for (const name of names) fs.writeFileSync(fileOf(name), crowdEnvironment(name), { mode: 0o600 });
  fs.utimesSync(folder, 1_790_000_000, 1_790_000_000); // not just now: such a folder is listed for every callback
  const context = systemContext({ folder, stateFolder: path.join(folder, 'state'), env: () => ({}) });
  const desk = consentDesk(
    callbackTargets(new NameIndex(folder, nameIn), { patienceMs: 1_000, waitMs: 1_000 }, context),
    context,
  );
  return { folder, desk, names, fileOf };
}

/** Of the size that they have: tokens and all. */
function crowdEnvironment(name: string): string {
  return environmentText(name, {
    app_type: 'web',
    client_id: app.clientId,
    client_secret: app.clientSecret,
    redirect_uri: app.redirectUri,
    token_url: 'http://localhost:9/connect/token',
    access_token: 'a'.repeat(1_200),
    refresh_token: 'r'.repeat(43),
    grant_status: 'connected',
  });
}

/** What comes back for a link of this name, signed with another secret. */
export function forgedQuery(name: string): string {
  const now = new Date();
  const claimed = { name, madeAt: now, goodUntil: new Date(now.getTime() + 86_400_000), mayReplace: false };
  const state = makeState(
    claimed,
    { ...app, clientSecret: 'another secret that has its own length' },
    randomBytes(16).toString('base64url'),
    hmacSha256,
  );
  return `code=${randomBytes(24).toString('base64url')}&state=${state}`;
}
