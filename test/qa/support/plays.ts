import type { Play } from './played';

export const passes = `pm.test('the status is right', () => pm.response.to.have.status(200));`;

/** The test of a step that fails, saying this. */
export function failing(name: string, message: string): string {
  return `pm.test(${JSON.stringify(name)}, () => { throw new Error(${JSON.stringify(message)}); });`;
}

const description = [
  '**Given** a web app with a client secret',
  '**When** its refresh token is sent again',
  '**Then** tokens come, new ones or the same',
  'Source: RFC 6749 §6; https://developer.xero.com/faq/oauth2',
].join('\n\n');

const followUp = `pm.sendRequest(pm.environment.get('url') + '/follow-up', () => {});`;
const isNew = `pm.test('the body is right', () => pm.expect(pm.response.text()).to.equal('new'));`;
const heldBack = `${failing('it can be sent', 'the client id is blank')} pm.execution.skipRequest();`;

/** One that passes, one that fails, one that is left out and one with a table. */
export const mixed: readonly Play[] = [
  {
    id: 'QA-010',
    title: 'All is well',
    description,
    steps: [{ name: 'Exchange code', address: 'token', body: '{"a":1}', test: `${passes}${followUp}` }],
  },
  {
    id: 'QA-020',
    title: 'Nothing is well',
    description,
    steps: [
      { name: 'Held back', before: heldBack },
      { name: 'Refused', address: 'refused', test: failing('the status is right', 'expected 400 to equal 200') },
      { name: 'Silent', address: 'silent' },
    ],
  },
  { id: 'QA-030', title: 'Nobody came', description, steps: [{ name: 'Never sent' }], isLeftOut: true },
  {
    id: 'QA-040',
    title: 'A table',
    description: `${description}\n\nPlayed once with each row of \`qa-data/QA-040.json\`.`,
    rows: [{ answer: 'new' }, { answer: 'same' }],
    steps: [{ name: 'Ask', address: 'ask', body: '{{answer}}', test: isNew }],
  },
];

/** A text that would be markup, a script, or the end of either. */
export const hostile = `</script></title></pre>"'><img src=x onerror=alert(1)><svg onload=alert(1)>[[this]]&amp;]]>]]>`;

/** Hostile wherever a text can come from. */
export const hostilePlays: readonly Play[] = [
  {
    id: 'QA-666',
    title: `Title ${hostile}`,
    description: `**Given** ${hostile}\n\nSource: ${hostile}\n\nNote ${hostile}`,
    rows: [{ key: hostile }, { key: '' }],
    steps: [
      {
        name: `Step ${hostile}`,
        address: `way?${hostile}`,
        said: hostile,
        body: `${hostile}\u0000\u001b\uFFFE${'w'.repeat(9000)}`,
        test: failing(`Test ${hostile}`, `Complaint ${hostile}\u0001 \ud83d`),
      },
      { name: 'Good', test: `pm.test(${JSON.stringify(`Passed ${hostile} {{{this}}}`)}, () => {});` },
    ],
  },
];
