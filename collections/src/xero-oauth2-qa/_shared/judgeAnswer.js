import { partOf } from './partOf';

/**
 * Tests an answer's status, headers, JSON and time. Of its values, only a status and an error code are ever shown.
 * @param {{ isUnanswered?: boolean, status?: number | string, headers?: Record<string, string>, body?: Record<string, unknown> }} expected
 * @param {import('postman-collection').Response} response
 * @param {unknown} answer its JSON
 */
export function judgeAnswer({ isUnanswered = false, status, headers = {}, body = {} }, response, answer) {
  if (isUnanswered) {
    pm.test('no answer comes', () => pm.expect(response.code || 0).to.equal(0));
    return;
  }
  if (status !== undefined) {
    const wanted = Number(pm.variables.replaceIn(String(status)));
    pm.test('the status is right', () => pm.expect(response.code).to.equal(wanted));
  }
  const wrongHeaders = Object.keys(headers).filter((name) => response.headers.get(name) !== headers[name]);
  pm.test('the headers are right', () => pm.expect(wrongHeaders.join(', '), 'wrong').to.equal(''));
  const wrongParts = Object.keys(body).filter(
    (path) => JSON.stringify(partOf(answer, path)) !== pm.variables.replaceIn(JSON.stringify(body[path])),
  );
  pm.test('the body is right', () => pm.expect(wrongParts.join(', '), 'wrong').to.equal(''));
  pm.test('the answer takes less than 5 seconds', () => pm.expect(response.responseTime).to.be.below(5000));
}
