import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import * as v from 'valibot';
import { usualLink } from '../consent/link';
import { serveCallbacks } from '../consent/server/server';
import { environmentNamed, runnerOf, systemContext, type Context } from '../context';
import { environmentFile } from '../environment/files/files';
import { writeNew } from '../environment/files/template';
import { plainName } from '../environment/plain-name';
import { settingsOf } from '../environment/settings';
import { heldName } from '../environment/tenant';
import type { RefreshOptions } from '../refresh/due';
import type { Answer } from '../refresh/token-answer';
import { consentAsPerson } from '../sandbox/control/scripted-user';
import { startSandboxProcess, type SandboxProcess } from '../sandbox/process';
import type { Console } from '../terminal/console';
import { parseDuration } from '../text/duration';
import { jsonOf } from '../text/json';
import { scrub } from '../text/scrub';
import { connections } from './connections';
import { consent } from './consent';
import { exchange } from './exchange';
import { command, type Run } from './options';
import { refresh } from '../run/refresh';
import { status } from './status';

export interface DemoCommand {
  /** Wait for a real person in a browser instead of the scripted one. */
  readonly isManual: boolean;
  readonly reportFolder: string;
}

export function define(program: Command, run: Run): void {
  command(program, 'demo', 'play the whole story on the sandbox', 'demo --manual')
    .option('--manual', 'wait for you in the browser instead of the scripted person')
    .option('--report <dir>', 'where the HTML reports go', 'reports')
    .action(({ manual = false, report }: { manual?: boolean; report: string }) =>
      run((context) => demo({ isManual: manual, reportFolder: report }, context)),
    );
}

const name = 'sandbox';

/**
 * Plays a consent and two refreshes on the sandbox. It needs no Xero account and no network, and asks nothing. Its
 * environment is in a temporary folder, where no later run comes upon it.
 */
export async function demo(options: DemoCommand, around: Context): Promise<number> {
  const { console, signals, variables, now, sleep } = around;
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'evergrant-demo-'));
  const context = systemContext({ console, signals, variables, now, sleep, folder, stateFolder: folder, store: '' });
  const transcript = new Transcript(context);
  const sandbox = await startSandboxProcess();
  try {
    await play(transcript, sandbox, options, context);
    return 0;
  } finally {
    sandbox.stop();
  }
}

async function play(
  transcript: Transcript,
  sandbox: SandboxProcess,
  { isManual, reportFolder }: DemoCommand,
  context: Context,
): Promise<void> {
  const catcher = isManual ? await catchCallback() : undefined;
  try {
    transcript.explain(
      `A local Xero look-alike runs at ${sandbox.url}; ${environmentFile(context.folder, name)} is made for it.`,
    );
    const text = await sandbox.environment('web', name, catcher?.redirectUri);
    writeNew(environmentFile(context.folder, name), `${text}\n`, name);
    const link = await transcript.command(`consent ${name}`, (inner) =>
      consent({ name, check: true, open: false, listen: false, isJson: false, link: usualLink }, inner),
    );
    transcript.explain(
      isManual
        ? 'Open the link in your browser, sign in, choose and allow.'
        : 'A scripted person opens the link, signs in, chooses an organisation and presses Allow.',
    );
    const callbackUrl = await (catcher?.url ?? consentAsPerson(link));
    await transcript.command(`exchange '<the address the browser ended at>'`, (inner) =>
      exchange({ callbackUrl, isJson: false, ...patience }, inner),
    );
    await transcript.command(`connections ${name}`, (inner) => connections({ name, isJson: false }, inner));
    transcript.explain(`With the access token, Xero's API answers: ${await organisationName(context)}.`);
    for (const hour of ['Half an hour passes', 'Another half hour passes']) {
      await sandbox.advance('31m');
      transcript.clockOffsetMs += parseDuration('31m');
      transcript.explain(`${hour}: the access token has expired.`);
      await transcript.command(`refresh ${name} --report ${reportFolder}`, (inner) =>
        refresh(
          {
            names: [name],
            isDryRun: false,
            isJson: false,
            concurrency: 1,
            hasJitter: false,
            reportFolder,
            ...refreshOptions,
          },
          inner,
        ),
      );
    }
    await transcript.command('status', (inner) => status({ names: [name], isJson: false }, inner));
    transcript.explain(
      `The reports in ${reportFolder}/ show each request, and no secret. That is all: consent once, stay connected.`,
    );
    transcript.explain(`Next, with your own app: npx evergrant init NAME`);
  } finally {
    await catcher?.close();
  }
}

/** Serves the redirect URI for a real person's browser; `url` resolves to the callback URL. */
async function catchCallback(): Promise<{ redirectUri: string; url: Promise<string>; close(): Promise<void> }> {
  let resolve: (url: string) => void;
  const url = new Promise<string>((done) => (resolve = done));
  const page = {
    status: 200,
    title: 'Thank you',
    text: 'You can close this window: the story goes on in the terminal.',
  };
  const server = await serveCallbacks({
    port: 0,
    path: '/callback',
    finish: async (query) => {
      resolve(`${redirectUri}?${query}`);
      return page;
    },
  });
  const redirectUri = `http://localhost:${server.port}/callback`;
  return { redirectUri, url, close: server.close };
}

const patience = { patienceMs: 10_000, waitMs: 10_000 };
const refreshOptions: RefreshOptions = {
  profile: { kind: 'min_validity', ms: parseDuration('15m') },
  isForced: false,
  ...patience,
};

const organisationShape = v.object({ Organisations: v.tuple([v.object({ Name: v.string() })]) });

async function organisationName(context: Context): Promise<string> {
  const stored = environmentNamed(context, name);
  const environment = await stored.read();
  const answers: Answer[] = [];
  await runnerOf(context).send(settingsOf(environment, context.env(), stored.where), 'Check access', {
    onAnswer: (answer) => answers.push(answer),
  });
  const [answer] = answers;
  const parsed = v.safeParse(organisationShape, answer?.kind === 'answer' ? jsonOf(answer.body) : undefined);
  return parsed.success
    ? scrub(plainName(parsed.output.Organisations[0].Name), context.console.secrets)
    : `nothing for ${heldName(environment)}`;
}

/** Explains each step, runs its command, and shows what the command prints. */
class Transcript {
  /** By how much the demo's clock is ahead of this machine's. */
  clockOffsetMs = 0;

  constructor(private readonly context: Context) {}

  explain(line: string): void {
    this.context.console.print(`\n${line}`);
  }

  /** Runs a command and returns its first line of results. */
  async command(words: string, play: (inner: Context) => Promise<number>): Promise<string> {
    const { console, now } = this.context;
    console.print(`\n  ${console.style.bold(`$ npx evergrant ${words}`)}`);
    const results: string[] = [];
    const show = (line: string): void => console.print(line.replaceAll(/^/gm, '    '));
    const columns = (): number | undefined => (console.screen ? console.screen.size().columns - 4 : undefined);
    const print = (line: string): void => (results.push(line), show(line));
    const inner: Console = { ...console, print, say: show, columns };
    const code = await play({
      ...this.context,
      console: inner,
      now: () => new Date(now().getTime() + this.clockOffsetMs),
    });
    if (code !== 0) throw new Error(`the demo's ${words} ended with ${code}`);
    return results[0] ?? '';
  }
}
