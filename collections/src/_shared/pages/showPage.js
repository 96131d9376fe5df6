import { partsOf } from '../../../../scripts/text/isolate';
import { pageSentence } from './pageSentence';
import { pageStyle } from './pageStyle';

/**
 * A page for the Visualize tab. Handlebars escapes every value of it.
 * @typedef {object} Page
 * @property {'good' | 'bad'} tone of the mark
 * @property {string} mark how it went, in a word
 * @property {string} title
 * @property {string} lead the sentence below the title
 * @property {string} [warning] for pageWarning
 * @property {{ name: string, value: string, note?: string }[]} [facts]
 * @property {{ label: string, text: string, rows: number, button: string }[]} [fields] texts to copy, for pageFields
 * @property {{ title: string, all: { scope: string, words: string }[] }} [rights] for pageRights
 * @property {{ caption: string, head: string[], rows: string[][] }} [table] for pageTable
 * @property {string[]} next what to do next
 */

/**
 * Shows a page in the Visualize tab, unless the request is one of many in a run, where nobody sees it.
 * @param {() => Page} makePage
 * @param {string} [middle] a part of the template, before what to do next
 * @param {string} [end] a part of the template, after it
 */
export function showPage(makePage, middle = '', end = '') {
  if (pm.info.iterationCount > 1) return;
  const template = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{plainTitle}}</title><style>${pageStyle()}</style>
<main><p class="mark {{tone}}">{{mark}}</p>
<h1>${pageSentence('title')}</h1>
<p>${pageSentence('lead')}</p>
{{#if facts}}<dl>{{#each facts}}<dt>{{name}}</dt><dd>${pageSentence('value')}{{#if note}}<small>{{note}}</small>{{/if}}</dd>{{/each}}</dl>{{/if}}
${middle}
<h2>What to do next</h2>
<ol>{{#each next}}<li>${pageSentence('this')}</li>{{/each}}</ol>
${end}</main>`;
  const page = makePage();
  const facts = page.facts?.map((fact) => ({ ...fact, value: partsOf(fact.value) }));
  const texts = { title: partsOf(page.title), lead: partsOf(page.lead), next: page.next.map((one) => partsOf(one)) };
  pm.visualizer.set(template, { ...page, ...texts, facts, plainTitle: page.title });
}
