/** What each exit code means, and what to do. A code of its own kind has its name in {@link exitCodes} of errors.ts. */
export const exitCodeMeanings: readonly (readonly [code: string, meaning: string, next: string])[] = [
  ['0', 'all done, or nothing was due', ''],
  ['1', 'unexpected: a bug', 'report it'],
  ['2', 'usage, or a file or URL that makes no sense', 'fix the input'],
  ['3', 'consent needed', 'the message holds the command that makes the link'],
  ['4', 'Xero or the network is not answering; nothing is lost', 'run again'],
  ['5', 'another process holds the environment', 'run again'],
  ['6', 'new tokens came but could not be saved in the environment file', 'the message says where they are'],
  ['7', "Xero refuses this app's settings", 'fix the app or the file'],
  ['8', 'lint found something', 'mend it'],
];

export const severity =
  'Over several environments: the first of 1, 6, 7, 3, 2, 4, 5, 0 that any of them earned. exec ends with the code of its command, 127 where there is no such command and 126 where it cannot be run. A run that a signal cut short ends with 130, 143 or 129.';
