import { mustHold } from './mustHold';
import { partOf } from './partOf';
import { describePart, withoutSecrets } from './describe';

/**
 * Tests an answer's status, headers, JSON and time.
 * @param {{ isUnanswered?: boolean, status?: number | string, headers?: Record<string, string>, body?: Record<string, unknown> }} expected
 * @param {import('postman-collection').Response} response
 * @param {unknown} answer its JSON
 */
export function judgeAnswer({ isUnanswered = false, status, headers = {}, body = {} }, response, answer) {
  const code = response.code || 0;
  if (isUnanswered) {
    mustHold('no answer comes', code === 0 ? [] : [`expected none, got status ${code}`]);
    return;
  }
  if (status !== undefined) {
    const wanted = Number(pm.variables.replaceIn(String(status)));
    const said = answer === undefined ? '' : ` with ${describePart(answer)}`;
    mustHold('the status is right', code === wanted ? [] : [`expected ${wanted}, got ${code}${said}`]);
  }
  const gotOf = (/** @type {string} */ name) => response.headers.get(name);
  const wrongHeaders = Object.keys(headers).filter((name) => gotOf(name) !== headers[name]);
  mustHold(
    'the headers are right',
    wrongHeaders.map((name) => `${name}: expected ${headers[name]}, got ${withoutSecrets(gotOf(name) || 'none')}`),
  );
  const wantedOf = (/** @type {string} */ path) => pm.variables.replaceIn(JSON.stringify(body[path]));
  const wrongParts = Object.keys(body).filter((path) => JSON.stringify(partOf(answer, path)) !== wantedOf(path));
  mustHold(
    'the body is right',
    wrongParts.map((path) => {
      const [wanted, got] = [JSON.parse(wantedOf(path)), partOf(answer, path)];
      return `${path}: expected ${describePart(wanted, path)}, got ${describePart(got, path)}`;
    }),
  );
  const { responseTime } = response;
  mustHold('the answer takes less than 5 seconds', responseTime < 5000 ? [] : [`it took ${responseTime} ms`]);
}
