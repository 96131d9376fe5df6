/**
 * Search and sort, for a page that is whole without them. Each section's rows are put anew into its tables, a hundred to
 * each: a browser lays out only the tables that are in sight.
 */
export const boardScript = `'use strict';
const form = document.querySelector('form');
const said = form.querySelector('output');
const details = [...document.querySelectorAll('details')];
const wasOpen = new Map(details.map((element) => [element, element.open]));
const words = (row) => [...row.cells].filter((cell) => !cell.querySelector('svg')).map((cell) => cell.textContent);
let known;
const sections = () => (known ??= details.map((element) => ({
  element,
  count: element.querySelector('h2 span'),
  tables: [...element.querySelectorAll('tbody')],
  rows: [...element.querySelectorAll('tbody tr')].map((row, at) => ({
    row,
    at,
    text: [...words(row), element.className.replaceAll('_', ' ')].join(' ').toLowerCase(),
    name: row.cells[0].textContent,
    organisation: row.cells[1].textContent,
    troubled: -Number(row.dataset.troubled || 0),
    silent: -Number(row.dataset.silent || 0),
  })),
})));
const compare = (by) => (a, b) => {
  if (typeof a[by] === 'number') return a[by] - b[by] || a.at - b.at;
  return a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : a.at - b.at;
};
const show = () => {
  const wanted = form.elements.search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const by = form.elements.sort.value;
  let total = 0;
  for (const { element, count, tables, rows } of sections()) {
    const found = rows.filter(({ text }) => wanted.every((word) => text.includes(word))).sort(compare(by));
    tables.forEach((table, at) => {
      const part = found.slice(at * 100, at * 100 + 100);
      table.replaceChildren(...part.map(({ row }) => row));
      table.parentElement.parentElement.hidden = part.length === 0;
    });
    total += found.length;
    element.hidden = found.length === 0;
    element.open = wanted.length > 0 || wasOpen.get(element);
    count.textContent = found.length.toLocaleString('en');
  }
  said.textContent = wanted.length === 0 ? '' : total === 1 ? '1 is found' : total.toLocaleString('en') + ' are found';
};
for (const element of details) {
  element.querySelector('summary').addEventListener('click', () => wasOpen.set(element, !element.open));
}
form.addEventListener('input', show);
form.addEventListener('submit', (event) => event.preventDefault());
form.hidden = false;
if (form.elements.search.value !== '' || form.elements.sort.value !== 'at') show();
`;
