/**
 * Shows what happened, why, and what to do.
 * @param {import('postman-collection').Response} response
 * @param {string} advice the why, a colon, and what to do
 */
function showRefusal(response, advice) {
  showPage(() => {
    const [why = '', ...next] = advice.split(': ').map((part) => sentence(part));
    const { code } = response;
    const error = code ? errorCode(response) : '';
    const answer = `Xero answered with status ${code}${error && ` (${error})`}.`;
    return {
      tone: 'bad',
      mark: '✕ Refused',
      title: `${pm.info.requestName} did not work`,
      lead: 'Nothing in the environment has changed.',
      facts: [
        { name: 'What happened', value: code ? answer : 'Xero did not answer.' },
        { name: 'Why', value: why },
      ],
      next,
    };
  });
}
