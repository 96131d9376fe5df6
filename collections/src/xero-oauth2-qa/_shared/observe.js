import { insteadOf } from './insteadOf';

/**
 * Runs a script of the main collection with a `pm` that records its failed tests instead of reporting them. `judge` gets
 * them when the requests that the script sent are answered. A script that skips its request ends there, as in Postman; the
 * request itself is skipped after it was judged.
 * @param {(pm: any) => void} script
 * @param {(seen: { complaints: string[], isHeldBack: boolean }) => void} judge
 * @param {import('postman-collection').Response} [response] what the script sees in place of the runtime's own
 */
export function observe(script, judge, response) {
  /** @type {string[]} */
  const complaints = [];
  const seen = { complaints, isHeldBack: false };
  const heldBack = {};
  /** @type {any} not every runtime types it, nor does each kind of script have skipRequest */
  const execution = pm.execution;
  let waiting = 0;
  const play = (/** @type {() => void} */ part) => {
    try {
      if (!seen.isHeldBack) part();
    } catch (error) {
      if (error !== heldBack) complaints.push(String(error));
    }
    if (waiting > 0) return;
    judge(seen);
    if (seen.isHeldBack) execution.skipRequest();
  };
  const test = (/** @type {string} */ _name, /** @type {() => void} */ check) => {
    try {
      check();
    } catch (error) {
      complaints.push(error instanceof Error ? error.message : String(error));
    }
  };
  test.skip = () => {};
  const sendRequest = (/** @type {any} */ request, /** @type {(...answer: any[]) => void} */ use) => {
    waiting += 1;
    pm.sendRequest(request, (/** @type {any[]} */ ...answer) => {
      waiting -= 1;
      play(() => use(...answer));
    });
  };
  const skipRequest = () => {
    seen.isHeldBack = true;
    throw heldBack;
  };
  const setNextRequest = () => {}; // the steps after an expected refusal shall still run
  const ours = insteadOf(pm, {
    ...{ test, sendRequest, response },
    execution: insteadOf(execution, { skipRequest, setNextRequest }),
  });
  play(() => script(ours));
}
