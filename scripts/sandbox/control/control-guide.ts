/** One request of the control API, as the front page shows it. */
export interface Control {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly text: string;
  /** A body that it accepts. */
  readonly example?: object;
}

/** The control API explained to people; `control.ts` implements it. */
export const controls: readonly Control[] = [
  { method: 'GET', path: '/sandbox/clock', text: 'what time it is here' },
  { method: 'POST', path: '/sandbox/clock', text: 'move time forward', example: { advance: '31m' } },
  { method: 'GET', path: '/sandbox/requests', text: 'all it was asked; DELETE forgets it' },
  { method: 'GET', path: '/sandbox/faults', text: 'the faults still to come; DELETE calls them off' },
  {
    method: 'POST',
    path: '/sandbox/faults',
    text: 'lose, spoil or delay the next answers',
    example: { on: 'token', fault: 'lost_after', times: 2 },
  },
  {
    method: 'GET',
    path: '/sandbox/line?to=/sandbox/clock',
    text: 'any request, sent on from here to an address here by a line that faults can cut; says what came back',
  },
  { method: 'GET', path: '/sandbox/variants', text: 'how Xero behaves where sources conflict' },
  { method: 'PUT', path: '/sandbox/variants', text: 'let it behave otherwise', example: { graceAnswer: 'same' } },
  {
    method: 'POST',
    path: '/sandbox/events',
    text: 'what happens at Xero unasked: disconnect_organisation, organisation_renamed, user_removed, user_restored, regenerate_secret, add_secret, delete_older_secret, demo_company_reset, app_limit_reached, revoke, custom_connection_authorised, scopes_changed; and reset',
    example: { event: 'disconnect_organisation', tenantId: 'Harbour Lane Bakery' },
  },
  {
    method: 'POST',
    path: '/sandbox/consent',
    text: 'let a scripted person answer a consent link, or cancel; gives the callback URL',
    example: { link: 'http://localhost:…/identity/connect/authorize?…', organisations: ['Harbour Lane Bakery'] },
  },
  {
    method: 'POST',
    path: '/sandbox/inspect',
    text: 'would this refresh token be accepted?',
    example: { refreshToken: '…' },
  },
  { method: 'GET', path: '/sandbox/organisations', text: 'all organisations' },
  {
    method: 'POST',
    path: '/sandbox/organisations',
    text: 'add an organisation, or an accountant’s practice',
    example: { name: 'Ledger & Sons', tenantType: 'PRACTICE' },
  },
  { method: 'GET', path: '/sandbox/apps', text: 'all apps' },
  {
    method: 'POST',
    path: '/sandbox/apps',
    text: 'make a further app; gives its secret',
    example: { appType: 'web', name: 'My app', redirectUris: ['http://localhost:8080/callback'] },
  },
  { method: 'GET', path: '/sandbox/environments/web?name=acme', text: 'a Postman environment for an app, or its type' },
];
