/** The part of a page with texts to copy. When its script can't run, it shows no buttons, and the texts can be selected. */
export function pageFields() {
  return `<style>
textarea { display: block; box-sizing: border-box; field-sizing: content; max-height: 22rem; width: 100%; padding: .5rem; font: .9rem/1.45 ui-monospace, monospace; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: .5rem; resize: vertical; }
button { font: inherit; font-weight: 600; padding: .35rem 1rem; color: var(--card); background: var(--ink); border: 1px solid var(--ink); border-radius: .5rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--good); outline-offset: 2px; }
</style>
{{#each fields}}<label for="field{{@index}}">{{label}}</label>
<textarea id="field{{@index}}" rows="{{rows}}" readonly spellcheck="false">{{text}}</textarea>
<p><button type="button" value="field{{@index}}" hidden>{{button}}</button> <output></output></p>
{{/each}}<script>
for (const button of document.querySelectorAll('button')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const field = document.getElementById(button.value);
    field.focus();
    field.select();
    const copied = document.execCommand('copy');
    button.nextElementSibling.textContent = copied ? 'Copied.' : 'It is selected: press Ctrl+C, on a Mac ⌘C.';
  });
}
</script>`;
}
