/** The part of a page that says in plain words what an app may do. */
export function pageRights() {
  return `{{#if rights.all}}<h2>{{rights.title}}</h2>
<ul>{{#each rights.all}}<li>{{words}}{{#if scope}} <code>{{scope}}</code>{{/if}}</li>{{/each}}</ul>{{/if}}`;
}
