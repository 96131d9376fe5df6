/** The part of a page with a warning. */
export function pageWarning() {
  return `{{#if warning}}<p style="padding: .75rem; border: 2px solid var(--bad); border-radius: .5rem"><strong>Take care:</strong> {{warning}}</p>{{/if}}`;
}
