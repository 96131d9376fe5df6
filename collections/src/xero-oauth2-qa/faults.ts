import { connection, notAnswering, refreshed } from '../../../scripts/collection/qa/outcomes';
import type { Scenario, Step } from '../../../scripts/collection/qa/scenario';
import { afresh, consented, fault, send, tokenIs } from '../../../scripts/collection/qa/steps';

const unspent = tokenIs('live', '{{refresh_token}}', 'The refresh token is still unused');
const again: Step = send('Refresh tokens', refreshed, { as: 'Refresh tokens, with the same token' });

/** Answers to a refresh that are none: nothing is believed, nothing is lost, and the same token is sent again. */
export const faultScenarios: readonly Scenario[] = [
  {
    id: 'QA-425',
    title: 'Too many refreshes are no refusal',
    given: 'a token endpoint that is asked too often',
    when: 'it answers 429 with Retry-After and an error of its own',
    then: 'the script says to send it again, nothing has changed, and the next try works',
    source: 'RFC 6585 §4',
    steps: [
      afresh('web'),
      consented(),
      fault('The next refresh is one too many', {
        fault: 'status',
        status: 429,
        retryAfter: 7,
        body: { error: 'too_many_requests' },
        on: 'token',
      }),
      send('Refresh tokens', { ...notAnswering, status: 429, headers: { 'Retry-After': '7' } }),
      unspent,
      again,
    ],
  },
  {
    id: 'QA-430',
    title: 'A server error is no refusal',
    given: 'a token endpoint in trouble',
    when: 'it answers 500, 502, 503 or 504',
    then: 'the script says to send it again, nothing has changed, and the next try works',
    source: 'RFC 9110 §15.6; RFC 6749 §5.2',
    rows: [{ trouble: '500' }, { trouble: '502' }, { trouble: '503' }, { trouble: '504' }],
    steps: [
      afresh('web'),
      consented(),
      fault('The next refresh fails', {
        fault: 'status',
        status: '{{trouble}}',
        body: { error: 'server_error' },
        on: 'token',
      }),
      send('Refresh tokens', { ...notAnswering, status: '{{trouble}}' }),
      unspent,
      again,
    ],
  },
  {
    id: 'QA-435',
    title: 'invalid_grant inside a server error is not believed',
    given: 'a token endpoint in trouble',
    when: 'it answers 503 with the body of a refusal',
    then: 'the script does not take the connection for dead, and the next try works',
    source: 'RFC 6749 §5.2 (a refusal comes with status 400)',
    steps: [
      afresh('web'),
      consented(),
      fault('The next refresh fails', { fault: 'status', status: 503, body: { error: 'invalid_grant' }, on: 'token' }),
      send('Refresh tokens', { ...notAnswering, status: 503, body: { error: 'invalid_grant' } }),
      unspent,
      again,
    ],
  },
  {
    id: 'QA-440',
    title: 'A web page in place of tokens is no token set',
    given: 'something before the token endpoint that answers with a page and status 200',
    when: 'it does so before the refresh reaches Xero, or after Xero has answered it',
    then: 'the tokens stay as they are, and the next try with the same token works',
    source: 'RFC 6749 §5.1 (application/json)',
    rows: [
      { page_comes: 'html', token_is: 'live' },
      { page_comes: 'html_after', token_is: 'grace' },
    ],
    steps: [
      afresh('web'),
      consented(),
      fault('A page comes instead', { fault: '{{page_comes}}', on: 'token' }),
      send('Refresh tokens', { ...notAnswering, status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } }),
      tokenIs('{{token_is}}', '{{refresh_token}}', 'The refresh token was used by the second kind only'),
      again,
    ],
  },
  {
    id: 'QA-445',
    title: 'Half an answer is no answer',
    given: 'a connection that breaks in the middle of the tokens',
    when: 'they are refreshed',
    then: 'the tokens stay as they are, and the next try with the same token works',
    source: 'RFC 9112 §8; https://developer.xero.com/faq/oauth2 (30 minutes of grace)',
    steps: [
      afresh('web'),
      consented(),
      fault('Half of the next answer is lost', { fault: 'half_body', on: 'token' }),
      send('Refresh tokens', { isUnanswered: true, refusal: 'Xero is not answering', kept: connection }),
      tokenIs('grace', '{{refresh_token}}', 'The refresh token was used'),
      again,
    ],
  },
  {
    id: 'QA-450',
    title: 'An answer that is lost loses no connection',
    given: 'a network that fails before Xero gets the refresh, or after Xero has answered it',
    when: 'the tokens are refreshed',
    then: 'the tokens stay as they are, and the next try with the same token works',
    source: 'https://developer.xero.com/faq/oauth2 (30 minutes of grace)',
    rows: [
      { lost_when: 'lost_before', token_is: 'live' },
      { lost_when: 'lost_after', token_is: 'grace' },
    ],
    steps: [
      afresh('web'),
      consented(),
      fault('The next answer will be lost', { fault: '{{lost_when}}', on: 'token' }),
      send('Refresh tokens', { isUnanswered: true, refusal: 'Xero is not answering', kept: connection }),
      tokenIs('{{token_is}}', '{{refresh_token}}', 'The refresh token was used by the second kind only'),
      again,
    ],
  },
  {
    id: 'QA-455',
    title: 'A redirect of the token endpoint is not followed',
    given: 'something before the token endpoint that sends elsewhere',
    when: 'it answers a refresh with a redirect to an address that would answer',
    then: 'nobody goes there, and the next try works',
    source: 'RFC 9700 §4.12; RFC 6749 §10.4',
    steps: [
      afresh('web'),
      consented(),
      fault('The next refresh is sent elsewhere', {
        fault: 'redirect',
        location: '{{sandbox_url}}/sandbox/clock',
        on: 'token',
      }),
      send('Refresh tokens', { ...notAnswering, status: 302 }),
      unspent,
      again,
    ],
  },
];
