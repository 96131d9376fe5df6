import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Command } from 'commander';
import { environmentNamed, type Context } from '../../context';
import { writeDurably } from '../../environment/disk/atomic-write';
import { has, settingIn, secretsOf } from '../../environment/environment';
import { requireNew } from '../../environment/files/publish';
import { invalid, systemCode } from '../../errors';
import { handOver } from '../../manage/hand-over';
import { withoutSecrets } from '../../manage/without-secrets';
import { shellQuoted } from '../../text/shell';
import { addNote, command, duration, type Run } from '../options';

export interface ExportCommand {
  readonly name: string;
  /** Whether the tokens go along, and nothing here uses them from then on. */
  readonly isHandedOver: boolean;
  /** The file to make; undefined for standard output. */
  readonly output?: string | undefined;
  readonly waitMs: number;
}

interface ExportFlags {
  readonly forPostman?: boolean;
  readonly output?: string;
  readonly wait: number;
}

export function define(program: Command, run: Run): void {
  const verb = command(
    program,
    'export <name>',
    'a Postman environment without secrets; --for-postman hands the connection over, with its tokens',
    'export acme --for-postman | ssh other evergrant adopt acme -',
  )
    .option(
      '--for-postman',
      'with the tokens, for Postman or adopt on another machine: nothing here uses them any more',
    )
    .option('--output <file>', 'a new file, for this user alone, instead of standard output')
    .addOption(duration('--wait <duration>', 'how long to wait for another process', '30s'))
    .action((name: string, { forPostman = false, output, wait }: ExportFlags) =>
      run((context) => exportOne({ name, isHandedOver: forPostman, output, waitMs: wait }, context)),
    );
  addNote(
    verb,
    'Standard output must take the whole text before the connection is given up. What becomes of it in a pipe is not known here: if nobody has taken the connection over, restore brings it back.',
  );
}

/** Prints or writes an environment; with its tokens only where it is handed over. @throws Failure */
export async function exportOne(options: ExportCommand, context: Context): Promise<number> {
  const { name, output, isHandedOver } = options;
  const { console } = context;
  const stored = environmentNamed(context, name);
  if (output !== undefined) requireNewOutput(output);
  if (!isHandedOver) {
    const text = withoutSecrets(await stored.read());
    if (output === undefined) console.print(text.trimEnd());
    else write(output, text);
    return 0;
  }
  if (output === undefined) await confirmShowing(stored.name, context);
  const environment = await stored.read();
  for (const secret of secretsOf(environment)) console.secrets.add(secret);
  const give = async (text: string): Promise<void> =>
    output === undefined ? await console.hand(text.trimEnd()) : write(output, text);
  await handOver(stored, options.waitMs, give, context);
  const from = output === undefined ? '-' : shellQuoted(path.basename(output));
  console.say(
    `${stored.name} is handed over: nothing here refreshes it any more; on the other machine: npx evergrant adopt ${stored.name} ${from}`,
  );
  console.say(`if nobody has taken it over, it comes back: npx evergrant restore ${stored.name}`);
  const missing = (['client_id', 'client_secret'] as const).filter(
    (key) => !has(environment, key) && (settingIn(environment, key) !== '' || key === 'client_id'),
  );
  if (missing.length > 0)
    console.say(`note: ${missing.join(', ')} came from outside it: the other machine needs them, too`);
  return 0;
}

/** On a terminal, tokens are shown only to somebody who says so. */
async function confirmShowing(name: string, { console }: Context): Promise<void> {
  if (console.columns() === undefined) return; // a pipe or a file takes them
  const answer = await console.ask(`this shows the tokens of ${name} here, and hands them over. Go on? [y/N]`, 'shown');
  if (/^y(es)?$/i.test(answer ?? '')) return;
  const hint = `into a file: npx evergrant export ${name} --for-postman --output FILE`;
  throw invalid('not_confirmed', `it was not confirmed, and ${name} stays here`, hint);
}

/** Makes a file for this user alone, which survives a power cut. @throws Failure `invalid` */
function write(file: string, text: string): void {
  requireNewOutput(file);
  try {
    writeDurably(file, text, path.join(path.dirname(file), `.${randomBytes(8).toString('hex')}.tmp`));
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid(
      'not_written',
      `cannot write the file of --output (${code})`,
      'name a file in a folder that you may write',
      error,
    );
  }
}

function requireNewOutput(file: string): void {
  requireNew(file, 'the file of --output is there already, and export never overwrites');
}
