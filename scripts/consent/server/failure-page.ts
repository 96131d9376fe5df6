import type { Failure } from '../../errors';
import type { CallbackPage } from './page';
import { counted } from '../../text/count';

/** The page that explains a failure to a customer, who has no terminal; the failure's own hint is for the operator. */
export function failurePage(failure: Failure): CallbackPage {
  const { kind, code } = failure;
  return pagesByCode.get(code) ?? (kind === 'invalid' || kind === 'refused' || kind === 'bug' ? ourFault : notYet);
}

/** The page for a request with no valid link of ours. It is always the same and reveals nothing. */
export const strangersPage: CallbackPage = {
  status: 400,
  title: 'This link is not ours',
  text: 'Please open the link exactly as it was sent to you, or ask for a new one.',
};

/** The page for a failure when trying again at once would not help. */
export function laterPage(retryAfterSeconds: number): CallbackPage {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const when = minutes === 1 ? 'a minute' : counted(minutes, 'minute');
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

/** A map, not an object: a failure's code may come from outside and be the name of an object's own property. */
const pagesByCode = new Map<string, CallbackPage>(
  Object.entries({
    access_denied: {
      status: 200,
      title: 'Not connected',
      text: 'You pressed Cancel, so nothing was connected. To connect after all, open the link again that you were sent.',
    },
    connection_limit: {
      status: 409,
      title: 'Not connected',
      text: 'Xero lets this app connect no further organisation, or your organisation has as many apps of this kind as it may have. Please tell whoever sent you the link.',
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
