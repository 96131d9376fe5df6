import type { Failure } from '../../errors';
import type { CallbackPage } from './page';

/** What went wrong in words for a customer, who has no terminal: the failure's own hint is for us. */
export function failurePage(failure: Failure): CallbackPage {
  const { kind, code } = failure;
  return pagesByCode.get(code) ?? (kind === 'invalid' || kind === 'refused' || kind === 'bug' ? ourFault : notYet);
}

/** For whoever comes with no link of ours, whatever is wrong with what he has: it tells him nothing. */
export const strangersPage: CallbackPage = {
  status: 400,
  title: 'This link is not ours',
  text: 'Please open the link exactly as it was sent to you, or ask for a new one.',
};

/** Where it would help nobody to come back at once. */
export function laterPage(retryAfterSeconds: number): CallbackPage {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const when = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return {
    status: 503,
    title: 'Not connected yet',
    text: `Please open the link again that you were sent, in ${when}.`,
    retryAfterSeconds,
  };
}

const ourFault: CallbackPage = {
  status: 500,
  title: 'Not connected',
  text: 'Something on our side has to be mended first. Please tell whoever sent you the link.',
};

const notYet: CallbackPage = {
  status: 503,
  title: 'Not connected yet',
  text: 'Xero or we could not finish. Please open the link again that you were sent, in a few minutes.',
};

/** A code may be a word that came from outside: no object, which knows words of its own. */
const pagesByCode = new Map<string, CallbackPage>(
  Object.entries({
    access_denied: {
      status: 200,
      title: 'Not connected',
      text: 'You pressed Cancel, so nothing was connected. To connect after all, open the link again that you were sent.',
    },
    invalid_grant: {
      status: 410,
      title: 'This was used already',
      text: 'This page works once. If your organisation is not connected yet, open the link again that you were sent.',
    },
    link_used: {
      status: 410,
      title: 'This link was used already',
      text: 'Nothing was changed: somebody has connected an organisation with it before. If you are to connect another one, please ask for a new link.',
    },
    link_expired: {
      status: 410,
      title: 'This link is too old',
      text: 'Please ask for a new link: this one is good no longer.',
    },
    wrong_organisation: {
      status: 409,
      title: 'That was another organisation',
      text: 'Nothing was changed. Please open the link again that you were sent, and choose the organisation that you were asked for.',
    },
    not_saved: ourFault,
  }),
);
