import { percentDecoded } from '../../../scripts/text/percent';

/**
 * The URL in what somebody pasted from a mail or a chat. Forgiven are blanks and line breaks anywhere, quotes and brackets
 * around it, a full stop after it, `&amp;` for `&`, and that all of it was percent-encoded once more.
 * @param {string} pasted
 */
export function pastedUrl(pasted) {
  const unwrapped = (/** @type {string} */ text) =>
    text
      .replace(/[\s<>"\u00ad\u200b-\u200d\u2060\ufeff]+/g, '')
      .replace(/^['([{“”„‘’«»`]+|[')\]}“”„‘’«»`.,;:!]+$/g, '');
  const bare = unwrapped(pasted);
  const url = bare.includes('://') ? bare : unwrapped(percentDecoded(bare));
  return url.replace(/&(amp;)+/gi, '&');
}
