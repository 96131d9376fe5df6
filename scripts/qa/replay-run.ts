import type { Context } from '../context';
import { invalid } from '../errors';
import { playScenario } from './play/play-scenario';
import { readScenarios, type QaScenario } from './play/read-scenarios';
import { resultOf } from './play/result';
import { randomBytesFor } from './play/select';
import { sandboxVariables } from './play/target';
import { expectRequests } from './recording/expected-requests';
import { requestOf } from './recording/raw-exchange';
import type { RecordedScenario, Recording } from './recording/recording-file';
import { readRecording } from './recording/recording-files';
import { firstDifference, formatDifference, type Difference, type Replayed } from './recording/replay';
import { startReplayServer, type ReplayServer } from './recording/replay-server';
import { counted } from '../text/count';

export interface ReplayCommand {
  readonly isJson?: boolean;
}

/**
 * Plays the scenarios of a recording again, against the answers that it holds: no sandbox, no network. Exit code 1 at the
 * first difference. @throws Failure `invalid` for a file that is no recording, or that only Xero itself can answer
 */
export async function replayRun(
  file: string,
  context: Context,
  { isJson = false }: ReplayCommand = {},
): Promise<number> {
  const recording = readRecording(file);
  for (const recorded of Object.values(recording.scenarios)) refuseStrangers(recorded, file);
  const server = await startReplayServer(context.now);
  try {
    const { replayed, difference } = await replayAll(recording, { server, now: context.now });
    if (isJson) context.console.print(JSON.stringify({ replayed, difference: difference ?? null }, null, 2));
    else
      context.console.print(
        difference ? formatDifference(difference) : `${counted(replayed, 'scenario')} replayed, no difference`,
      );
    return difference === undefined ? 0 : 1;
  } finally {
    await server.close();
  }
}

/** What was answered elsewhere cannot be answered here. */
function refuseStrangers({ exchanges }: RecordedScenario, file: string): void {
  if (exchanges.every(({ request, answer }) => answer === null || request.url.startsWith('‹base›/'))) return;
  const hint = 'compare it instead: evergrant qa --compare LIVE SANDBOX';
  throw invalid('recorded_elsewhere', `${file} holds answers of another server than the sandbox`, hint);
}

interface Target {
  readonly server: ReplayServer;
  now(): Date;
}

async function replayAll(
  { scenarios, seed }: Recording,
  target: Target,
): Promise<{ replayed: number; difference?: Difference }> {
  const collection = new Map(readScenarios().map((scenario) => [scenario.id, scenario]));
  let replayed = 0;
  for (const [id, recorded] of Object.entries(scenarios)) {
    const scenario = collection.get(id);
    if (scenario === undefined) return { replayed, difference: unknown(id) };
    const difference = firstDifference(await replay(scenario, recorded, seed, target));
    if (difference !== undefined) return { replayed, difference };
    replayed += 1;
  }
  return { replayed };
}

/** Plays one scenario again, with the random bytes that it had. */
export async function replay(
  scenario: QaScenario,
  recorded: RecordedScenario,
  seed: string,
  { server, now }: Target,
): Promise<Replayed> {
  const expected = expectRequests(recorded, server.url);
  server.expect(expected);
  const sent: Replayed['sent'][number][] = [];
  const { steps } = await playScenario(scenario, {
    variables: sandboxVariables(server.url, randomBytesFor(seed, scenario.id)),
    onExchange: ({ at, request }) => {
      sent.push(at);
      const isElsewhere = !request.url.toString().startsWith(server.url); // where nobody answered, nor does now
      if (isElsewhere) expected.meet(requestOf(request), now());
    },
  });
  const judged = resultOf(scenario, steps, 0).steps;
  return { id: scenario.id, recorded, sent, steps: judged, difference: expected.difference() };
}

function unknown(scenario: string): Difference {
  return { scenario, row: 0, step: undefined, recorded: 'this scenario', now: 'the collection has it no more' };
}
