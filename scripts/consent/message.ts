import { scopeWords } from './scope-words';

export interface ConsentNote {
  readonly url: string;
  readonly scopes: string;
  readonly goodUntil: Date;
  /** The organisation that the link shall connect again; '' when it is not known. */
  readonly organisation: string;
  /** Who asks for the consent; '' when it is not known. */
  readonly sender: string;
}

/** A message with the link, ready to be sent to a customer. */
export function consentText(note: ConsentNote): string {
  const rights = scopeWords(note.scopes).map(({ words }) => `  - ${words}`);
  return [
    'Hello,',
    '',
    `please connect ${note.organisation || 'your Xero organisation'} to ${note.sender || 'our service'}: open this link, sign in to Xero, choose the organisation and press Allow access.`,
    '',
    note.url,
    '',
    'With that it may:',
    ...rights,
    '',
    `The link is good until ${formatDayAndTime(note.goodUntil)}. You can disconnect at any time in Xero, under Settings, Connected apps.`,
    ...(note.sender === '' ? [] : ['', note.sender]),
  ].join('\n');
}

/** The same message as HTML, for mail programs. */
export function consentHtml(note: ConsentNote): string {
  const rights = scopeWords(note.scopes).map(({ words }) => `  <li>${escaped(words)}</li>`);
  return [
    '<p>Hello,</p>',
    `<p>please connect ${escaped(note.organisation || 'your Xero organisation')} to ${escaped(note.sender || 'our service')}: open this link, sign in to Xero, choose the organisation and press <b>Allow access</b>.</p>`,
    `<p><a href="${escaped(note.url)}">Connect to Xero</a></p>`,
    '<p>With that it may:</p>',
    '<ul>',
    ...rights,
    '</ul>',
    `<p>The link is good until ${formatDayAndTime(note.goodUntil)}. You can disconnect at any time in Xero, under <i>Settings</i>, <i>Connected apps</i>.</p>`,
    ...(note.sender === '' ? [] : [`<p>${escaped(note.sender)}</p>`]),
  ].join('\n');
}

/** `6 December 2026, 10:00 UTC`: a link may be good for hours only, and its reader may be in any time zone. */
function formatDayAndTime(date: Date): string {
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
