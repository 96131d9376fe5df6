import fc from 'fast-check';
import type * as CallbackModule from '../../../../scripts/consent/callback';
import { hmacSha256 } from '../../../../scripts/consent/hmac';
import type * as StateModule from '../../../../scripts/consent/state';
import type * as ParseModule from '../../../../scripts/environment/parse';
import type * as SettingsModule from '../../../../scripts/environment/settings';
import type * as ScrubModule from '../../../../scripts/text/scrub';
import { built } from '../built';
import { endingOf, startAt } from './bench';
import { canary, connectedRows, rowOf } from './environments';

/** What a person pastes: a callback URL, whole or corrupt, or something else. */
export interface Paste {
  readonly appType: 'web' | 'pkce';
  readonly text: string;
}

const app = {
  clientSecret: connectedRows['client_secret'] ?? '',
  clientId: connectedRows['client_id'] ?? '',
  redirectUri: connectedRows['redirect_uri'] ?? '',
};
const link = { name: 'acme', madeAt: startAt, goodUntil: new Date(startAt.getTime() + 86_400_000), mayReplace: false };
const genuine = {
  web: () => built<typeof StateModule>('consent/state').makeState(link, app, 'nonce', hmacSha256),
  pkce: () => `${canary}-kept-state`,
};

type Damage = (text: string) => string;

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.nat().map(
    (at): Damage =>
      (text) =>
        text.slice(0, at % (text.length + 1)),
  ),
  fc
    .tuple(
      fc.nat(),
      fc.nat(5),
      fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom(' ', '\r\n', '%', '%00', '%ff', '&state=', '&code=', '&error=x', '#', '?', '.', '\u0000', '😀'),
      ),
    )
    .map(
      ([at, remove, insert]): Damage =>
        (text) =>
          text.slice(0, at % (text.length + 1)) + insert + text.slice((at % (text.length + 1)) + remove),
    ),
  fc.constantFrom<Damage>(
    (text) => `"${text}"`,
    (text) => `<${text}>\n`,
    (text) => text.replaceAll('&', '&amp;'),
    (text) => text.toUpperCase(),
    (text) => encodeURIComponent(text),
    (text) => text + text,
    (text) => `${text}&x=${'y'.repeat(50_000)}`,
    (text) => text.replace('eg2.', 'eg1.'),
  ),
);

const error = fc.constantFrom(
  'access_denied',
  'invalid_scope',
  'server_error',
  '<b>',
  canary as string,
  'a'.repeat(99),
  '',
);
const query = (appType: Paste['appType']): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constant(null).map(() => `code=${canary}-code&state=${genuine[appType]()}&session_state=x.y`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(error, fc.string())
        .map(
          ([code, text]) =>
            `error=${code}&error_description=${encodeURIComponent(text.toWellFormed())}&state=${genuine[appType]()}`,
        ),
    },
    { weight: 1, arbitrary: fc.webQueryParameters() },
  );

const callbackUrl = (appType: Paste['appType']): fc.Arbitrary<string> =>
  fc
    .tuple(query(appType), fc.array(damage, { maxLength: 2 }))
    .map(([text, damages]) => damages.reduce((all, happen) => happen(all), `http://localhost:8080/callback?${text}`));

export const paste: fc.Arbitrary<Paste> = fc
  .constantFrom<Paste['appType']>('web', 'pkce')
  .chain((appType) =>
    fc
      .oneof(
        { weight: 6, arbitrary: callbackUrl(appType) },
        { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true }) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      )
      .map((text) => ({ appType, text })),
  );

/** Reads a paste as `exchange` would, up to the moment at which the code would be sent; returns what is wrong. */
export async function brokenByPaste({ appType, text }: Paste): Promise<string[]> {
  const { parseCallback, checkState, callbackFailure } = built<typeof CallbackModule>('consent/callback');
  const { codesIn } = built<typeof ScrubModule>('text/scrub');
  const parsed = await endingOf(() => parseCallback(text));
  if ('failure' in parsed) return parsed.failure.kind === 'invalid' ? [] : [`a paste ends with ${parsed.failure.kind}`];
  const callback = parsed.result;
  if (callback.kind === 'error') {
    const said = await endingOf(() => Promise.reject(callbackFailure(callback, 'acme')));
    return 'failure' in said ? [] : ['an error on the callback is no failure'];
  }
  codesIn(callback.url);
  const checked = await endingOf(() => checkState(callback.state, settingsOf(appType), startAt));
  const isGenuine = callback.state === genuine[appType]();
  if ('result' in checked && !isGenuine) return ['a state that nobody made is believed'];
  return 'failure' in checked && isGenuine ? ['a genuine state is refused'] : [];
}

function settingsOf(appType: Paste['appType']): SettingsModule.Settings {
  const { parseEnvironment } = built<typeof ParseModule>('environment/parse');
  const rows = {
    ...connectedRows,
    app_type: appType,
    consent_state: genuine.pkce(),
    consent_requested_at: startAt.toISOString(),
  };
  const text = JSON.stringify({ name: 'acme', values: Object.entries(rows).map(rowOf) });
  return built<typeof SettingsModule>('environment/settings').settingsOf(
    parseEnvironment(text, 'acme', 'acme.json'),
    {},
    'acme.json',
  );
}
