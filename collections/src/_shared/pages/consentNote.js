import { scopeWords } from '../../../../scripts/consent/scope-words';

/**
 * A note with the link that can be sent to the customer as it is.
 * @param {string} link
 * @param {string} until when the link ends, in words
 * @param {string} scopes
 * @param {string} sender who asks for it, '' to say just `our service`
 */
export function consentNote(link, until, scopes, sender) {
  return [
    'Hello,',
    '',
    `please connect your Xero organisation to ${sender || 'our service'}: open this link, sign in to Xero, choose the organisation and press Allow access.`,
    '',
    link,
    '',
    'With that it may:',
    ...scopeWords(scopes).map(({ words }) => `  - ${words}`),
    '',
    'If the page you end on says that you are connected, all is done. If it looks broken, that is fine too: copy its whole address from the address bar and send it to us within 5 minutes. Tell us beforehand when you will do it.',
    '',
    `The link is good until ${until}. You can disconnect at any time in Xero, under Settings, Connected apps.`,
    ...(sender ? ['', sender] : []),
  ].join('\n');
}
