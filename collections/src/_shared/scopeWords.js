import { accountingScopes } from './accountingScopes';
import { otherScopes } from './otherScopes';
import { plainName } from './plainName';

/**
 * What each scope lets an app do, as the end of "it may …"; an unknown one is its own words, and has no `scope`.
 * @param {string} scopes with blanks between them
 */
export function scopeWords(scopes) {
  const wholes = new Map([
    ['openid', 'know who you are'],
    ['profile', 'see your name'],
    ['email', 'see your e-mail address'],
    ['offline_access', 'stay connected when you are not there, until you disconnect it'],
    ['marketplace.billing', 'bill you through the Xero App Store'],
    ['app.connections', "list and remove all of the app's connections"],
  ]);
  const things = new Map([...accountingScopes(), ...otherScopes()]);
  const words = (/** @type {string} */ scope) => {
    const thing = things.get(scope.replace(/\.read$/, ''));
    return thing && `${scope.endsWith('.read') ? 'read' : 'read and change'} ${thing}`;
  };
  const all = scopes.split(/\s+/).filter(Boolean);
  return all.map((scope) => {
    const known = wholes.get(scope) ?? words(scope);
    return known ? { scope, words: known } : { scope: '', words: plainName(scope) };
  });
}
