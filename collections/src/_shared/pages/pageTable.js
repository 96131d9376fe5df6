/** The part of a page with a table, whose rows begin with their own heading. */
export function pageTable() {
  return `<style>
caption { text-align: left; color: var(--soft); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .5rem .5rem .5rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
</style>
<table><caption>{{table.caption}}</caption>
<thead><tr>{{#each table.head}}<th scope="col">{{this}}</th>{{/each}}</tr></thead>
<tbody>{{#each table.rows}}<tr>{{#each this}}{{#if @first}}<th scope="row"><bdi>{{this}}</bdi></th>{{else}}<td><bdi>{{this}}</bdi></td>{{/if}}{{/each}}</tr>{{/each}}</tbody></table>`;
}
