import { adviceParts } from './adviceParts';
import { showPage } from './showPage';

/**
 * Shows that a request is not sent, and why.
 * @param {string} advice the why, a colon, and what to do
 */
export function showHeldBack(advice) {
  const { why, next } = adviceParts(advice);
  showPage(() => ({
    tone: 'bad',
    mark: '✕ Not sent',
    title: `${pm.info.requestName} was not sent`,
    lead: 'Nothing has left this computer, and nothing in the environment has changed.',
    facts: [{ name: 'Why', value: why }],
    next: next.length > 0 ? next : ['Correct that, save the environment, and send this again.'],
  }));
}
