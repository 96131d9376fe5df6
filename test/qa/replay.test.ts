import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readScenarios } from '../../scripts/qa/play/read-scenarios';
import { parseRecording, type RecordedExchange, type Recording } from '../../scripts/qa/recording/recording-file';
import { firstDifference, formatDifference } from '../../scripts/qa/recording/replay';
import { startReplayServer } from '../../scripts/qa/recording/replay-server';
import { replay, replayRun } from '../../scripts/qa/replay-run';
import { listening, recordRun, sampleScenarios, tampered } from './support/recorded-run';

const scenarios = sampleScenarios();
let folder: string;
let text: string;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'qa-replay-'));
  ({ text } = await recordRun(scenarios, '7'));
}, 300_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function replayed(content: string): Promise<{ code: number; printed: string[] }> {
  const { context, printed } = listening();
  const file = path.join(folder, `${fs.readdirSync(folder).length}.json`);
  fs.writeFileSync(file, content);
  return { code: await replayRun(file, context), printed };
}

type Change = (exchanges: RecordedExchange[]) => unknown;

/** The recording of one scenario alone, changed. */
function only(id: string, change: Change): string {
  return tampered(text, (recording) => {
    keepOnly(recording, id);
    change(recording.scenarios[id]?.exchanges ?? []);
  });
}

function keepOnly(recording: Recording, id: string): void {
  const kept = Object.entries(recording.scenarios).filter(([other]) => other === id);
  recording.scenarios = Object.fromEntries(kept);
}

function ofStep(exchanges: readonly RecordedExchange[], step: string): RecordedExchange {
  const found = exchanges.find((one) => one.step === step);
  if (found === undefined) throw new Error(`the recording has no step "${step}"`);
  return found;
}

const noOrganisation: Change = (all) => {
  Object.assign(ofStep(all, 'Check access').answer ?? {}, { body: { json: { Organisations: [] } } });
};

describe('a recording played again', () => {
  test('gives no difference', async () => {
    const printed = [`${scenarios.length} scenarios replayed, no difference`];
    expect(await replayed(text)).toEqual({ code: 0, printed });
  }, 300_000);

  test.each<[string, Change, string]>([
    [
      'a field of a form',
      (all) => Object.assign(ofStep(all, 'Refresh tokens').request.body, { form: ['grant_type=password'] }),
      'step "Refresh tokens": the recording has the field grant_type password, now the field grant_type refresh_token',
    ],
    [
      'a value that was another before',
      (all) => (ofStep(all, 'Check access').request.headers['xero-tenant-id'] = '‹uuid 99›'),
      'step "Check access": the recording has the header xero-tenant-id ‹uuid 99›, now the header xero-tenant-id ‹uuid ',
    ],
    [
      'the way that a client authenticates',
      (all) => delete ofStep(all, 'Refresh tokens').request.headers['authorization'],
      'step "Refresh tokens": the recording has no header authorization, now the header authorization Basic ‹client_id 1›:‹client_secret 1›',
    ],
    [
      'an address',
      (all) => (ofStep(all, 'Check access').request.url = '‹base›/api.xro/2.0/Accounts'),
      'step "Check access": the recording has GET ‹base›/api.xro/2.0/Accounts, now GET ‹base›/api.xro/2.0/Organisation',
    ],
    [
      'a request that does not come',
      (all) => all.push(ofStep(all, 'Check access')),
      'step "Check access": the recording has GET ‹base›/api.xro/2.0/Organisation, now no further request comes',
    ],
    [
      'a request too many',
      (all) => all.pop(),
      'step "Check access with the new token": the recording has no further request, now GET ‹base›/api.xro/2.0/Organisation comes',
    ],
    [
      'what the tests say of an answer',
      noOrganisation,
      'step "Check access": the recording has nothing to complain of, now the body is right: ',
    ],
    [
      'an answer that is lost',
      (all) => (ofStep(all, 'Refresh tokens').answer = null),
      'step "Refresh tokens": the recording has nothing to complain of, now the status is right: ',
    ],
  ])('shows the first difference: %s', async (_what, change, told) => {
    const { code, printed } = await replayed(only('QA-010', change));
    const line = `QA-010, ${told}`;
    expect([code, printed.length, printed[0]?.slice(0, line.length)]).toEqual([1, 1, line]);
  });

  test('names the row and the step of a changed script, and shows no value', async () => {
    const recorded = parseRecording(text, 'it').scenarios['QA-320'];
    const scenario = readScenarios().find(({ id }) => id === 'QA-320');
    if (recorded === undefined || scenario === undefined) throw new Error('QA-320 is not recorded');
    const script =
      'if (pm.iterationData.get("grace_answer") === "same") pm.request.body.urlencoded.add({ key: "client_secret", value: pm.environment.get("client_secret") });';
    const whole = JSON.stringify(scenario.collection);
    const changed = whole.replace(
      /(?="\s*required\('refresh_token', 'send Consent link and Exchange code first'\);")/,
      () => `${JSON.stringify(script)},`,
    );
    expect(changed).not.toBe(whole);
    const collection = JSON.parse(changed) as typeof scenario.collection; // as it was, but for the script
    const server = await startReplayServer(() => new Date());
    const played = await replay({ ...scenario, collection }, recorded, '7', { server, now: () => new Date() });
    await server.close();
    const found = firstDifference(played);
    expect(found && formatDifference(found)).toBe(
      'QA-320, row 2, step "Refresh tokens": the recording has no field client_secret, now the field client_secret ‹client_secret 1›',
    );
  });

  test('fails again where it failed then, and that is no difference', async () => {
    const failed = tampered(only('QA-010', noOrganisation), ({ scenarios: { 'QA-010': one } }) => {
      const { row, position, step } = ofStep(one?.exchanges ?? [], 'Check access');
      one?.complaints.push({ row, position, step, said: ['the body is right: wrong'] });
    });
    expect(await replayed(failed)).toEqual({ code: 0, printed: ['1 scenario replayed, no difference'] });
  });

  test('tells of a scenario that the collection has no more', async () => {
    const other = text.replace('"QA-010": {', '"QA-999": {');
    const line = 'QA-999: the recording has this scenario, now the collection has it no more';
    const alone = tampered(other, (recording) => {
      keepOnly(recording, 'QA-999');
    });
    expect(await replayed(alone)).toEqual({ code: 1, printed: [line] });
  });
});

describe('what cannot be played again is refused in one line:', () => {
  test.each([
    ['a file that is not JSON', () => '{"recording":', 'not_a_recording'],
    ['another JSON file', () => '{"item":[]}', 'not_a_recording'],
    ['a recording with a part missing', () => text.replace('"jwts"', '"tokens"'), 'not_a_recording'],
    [
      'a recording of Xero itself',
      () =>
        only(
          'QA-010',
          (all) => (ofStep(all, 'Check access').request.url = 'https://api.xero.com/api.xro/2.0/Organisation'),
        ),
      'recorded_elsewhere',
    ],
  ])('%s', async (_what, content, code) => {
    await expect(replayed(content())).rejects.toMatchObject({ kind: 'invalid', code });
  });

  test('a file that is not there', async () => {
    const missing = path.join(folder, 'missing.json');
    const { context } = listening();
    await expect(replayRun(missing, context)).rejects.toMatchObject({ kind: 'invalid', code: 'unreadable' });
  });
});
