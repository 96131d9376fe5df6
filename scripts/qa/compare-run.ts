import type { Context } from '../context';
import { invalid } from '../errors';
import { commonScenarios, compareScenarios, formatAnswerDifference } from './recording/compare';
import { readRecording } from './recording/recording-files';
import { counted } from '../text/count';

export interface CompareCommand {
  readonly isJson?: boolean;
}

/**
 * Holds the sandbox's answers against those of Xero, in the scenarios that both recordings have. Exit code 1 where they
 * differ. @throws Failure `invalid` for a file that is no recording, or two with no scenario in common
 */
export async function compareRecordings(
  liveFile: string,
  sandboxFile: string,
  context: Context,
  { isJson = false }: CompareCommand = {},
): Promise<number> {
  const [live, sandbox] = [readRecording(liveFile), readRecording(sandboxFile)];
  const compared = commonScenarios(live, sandbox);
  if (compared.length === 0) {
    throw invalid('nothing_in_common', 'the recordings have no scenario in common', 'record the same scenarios twice');
  }
  const differences = compareScenarios(live, sandbox);
  const { console } = context;
  if (isJson) console.print(JSON.stringify({ compared, differences }, null, 2));
  else for (const difference of differences) console.print(formatAnswerDifference(difference));
  if (!isJson && differences.length === 0)
    console.print(`${counted(compared.length, 'scenario')} compared, no difference`);
  return differences.length === 0 ? 0 : 1;
}
