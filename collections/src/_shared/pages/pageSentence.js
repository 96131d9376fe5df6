/**
 * The part of a page with a sentence, whose names are isolated (see partsOf).
 * @param {string} key
 */
export function pageSentence(key) {
  return `{{#each ${key}}}{{words}}{{#if name}}<bdi>{{name}}</bdi>{{/if}}{{/each}}`;
}
