/** What the user does with a consent link. `organisations`: names or tenant ids, by default those that the page proposes. */
export interface PersonChoice {
  readonly organisations?: readonly string[] | undefined;
  readonly cancel?: boolean | undefined;
  readonly user?: string | undefined;
}

/** The link led to Xero's error page, or never to the app. */
export class ConsentRefused extends Error {
  override readonly name = 'ConsentRefused';
}

const mostPages = 12;

/**
 * Opens a consent link as a person with a browser would: signs in, chooses, presses Allow or Cancel on the real pages.
 * Returns the callback URL, which is not opened. Throws ConsentRefused if Xero shows its error page instead. With the
 * cookies of an earlier call, the user is still signed in.
 */
export async function consentAsPerson(
  link: string,
  choice: PersonChoice = {},
  cookies = new Map<string, string>(),
): Promise<string> {
  const redirectUri = new URL(link).searchParams.get('redirect_uri') ?? '';
  let visit: Visit = { url: link };
  for (let pages = 0; pages < mostPages; pages += 1) {
    const response = await open(visit, cookies);
    const location = response.headers.get('location');
    const next =
      location === null ? fillIn(visit.url, await response.text(), choice) : { url: new URL(location, visit.url).href };
    if (redirectUri !== '' && next.url.startsWith(redirectUri)) return next.url;
    visit = next;
  }
  throw new ConsentRefused('the consent link leads in circles');
}

interface Visit {
  readonly url: string;
  readonly form?: URLSearchParams;
}

async function open({ url, form }: Visit, cookies: Map<string, string>): Promise<Response> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const request: RequestInit = { redirect: 'manual', headers: { cookie } };
  const response = await fetch(url, form ? { ...request, method: 'POST', body: form } : request);
  for (const line of response.headers.getSetCookie()) keep(line, cookies);
  return response;
}

function keep(line: string, cookies: Map<string, string>): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (value === '') cookies.delete(name);
  else cookies.set(name, value);
}

function fillIn(url: string, page: string, choice: PersonChoice): Visit {
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
  const error = /Error: ([^<]+)/.exec(page)?.[1];
  if (action === undefined || error !== undefined) throw refusal(error ?? 'no form on the page');
  return { url: new URL(unescapeHtml(action), url).href, form: answers(page, choice) };
}

function refusal(error: string): ConsentRefused {
  return new ConsentRefused(`the consent link is refused: ${unescapeHtml(error)}`);
}

function answers(page: string, choice: PersonChoice): URLSearchParams {
  const signIn = page.includes('name="user"');
  if (choice.cancel && !signIn) return new URLSearchParams({ answer: 'cancel' });
  const name = signIn ? 'user' : 'organisation';
  const wanted = signIn ? choice.user && [choice.user] : choice.organisations;
  const form = new URLSearchParams({ answer: signIn ? 'sign-in' : 'allow' });
  for (const value of wanted || proposed(page, name)) form.append(name, value);
  return form;
}

function proposed(page: string, name: string): string[] {
  const checked = new RegExp(`name="${name}" value="([^"]+)" checked`, 'g');
  return [...page.matchAll(checked)].map((match) => unescapeHtml(match[1] ?? ''));
}

function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));
}
