import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import * as v from 'valibot';
import { parseDuration } from '../../text/duration';
import { readJson } from '../http/form';
import { findArtifact } from '../world/artifacts';
import { appOf, applyEvent, WorldEvent } from '../world/events';
import { Fault } from '../world/faults';
import { tokenState } from '../world/grace';
import { resetWorld } from '../world/seed';
import { VariantChanges } from '../world/variants';
import { oneLineErrors, parseBody } from './control-body';
import { environmentFile } from './environment-file';
import { isOwnAddress, playLine } from './line';
import { addApp, addOrganisation, AppBody, describeApp, describeOrganisation, OrganisationBody } from './portal';
import type { Sandbox } from './sandbox';
import { consentAsPerson } from './scripted-user';

/** The control API under /sandbox. It takes and gives JSON; a bad request gets 400 and one line. */
export function controlRoutes(sandbox: Sandbox): ReturnType<Router['routes']> {
  const { world, faults, log } = sandbox;
  const router = new Router({ prefix: '/sandbox' });
  router.use(oneLineErrors);
  router.all('/line', playLine); // whatever its body is
  router.use(readJson, saveChanges(sandbox));

  router.get('/clock', (ctx) => respondWithTime(sandbox, ctx));
  router.post('/clock', (ctx) => moveClock(sandbox, ctx));
  router.get('/faults', (ctx) => void (ctx.body = faults));
  router.post('/faults', (ctx) => void (ctx.body = addFault(faults, parseBody(Fault, ctx))));
  router.delete('/faults', (ctx) => void (ctx.body = faults.splice(0)));
  router.get('/variants', (ctx) => void (ctx.body = world.variants));
  router.put('/variants', (ctx) => void (ctx.body = Object.assign(world.variants, parseBody(VariantChanges, ctx))));
  router.post('/events', (ctx) => playEvent(sandbox, ctx));
  router.get('/requests', (ctx) => void (ctx.body = log));
  router.delete('/requests', (ctx) => void (ctx.body = { forgotten: log.splice(0).length }));
  router.post('/inspect', (ctx) => inspect(sandbox, ctx));
  router.post('/consent', playPerson);
  router.get('/organisations', (ctx) => void (ctx.body = [...world.organisations.values()].map(describeOrganisation)));
  router.post('/organisations', (ctx) => void (ctx.body = addOrganisation(world, parseBody(OrganisationBody, ctx))));
  router.get('/apps', (ctx) => void (ctx.body = [...world.apps.values()].map(describeApp)));
  router.post('/apps', (ctx) => void (ctx.body = addApp(world, parseBody(AppBody, ctx))));
  router.get('/environments/:appType', (ctx) => giveEnvironment(sandbox, ctx));
  return router.routes();
}

const ClockBody = v.union([
  v.strictObject({ advance: v.string() }),
  v.strictObject({ advanceSeconds: v.pipe(v.number(), v.minValue(0)) }),
]);

function moveClock(sandbox: Sandbox, ctx: Context): void {
  const asked = parseBody(ClockBody, ctx);
  sandbox.clock.advance('advance' in asked ? parseDuration(asked.advance) : asked.advanceSeconds * 1000);
  sandbox.world.clockOffsetMs = sandbox.clock.offsetMs;
  respondWithTime(sandbox, ctx);
}

function respondWithTime({ clock }: Sandbox, ctx: Context): void {
  ctx.body = { now: new Date().toISOString(), offsetSeconds: Math.round(clock.offsetMs / 1000) };
}

function saveChanges({ stateFile }: Sandbox): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.method !== 'GET') await stateFile.save();
  };
}

function addFault(faults: Fault[], fault: Fault): Fault[] {
  faults.push(fault);
  return faults;
}

function playEvent(sandbox: Sandbox, ctx: Context): void {
  const event = parseBody(WorldEvent, ctx);
  if (event.event !== 'reset') {
    ctx.body = applyEvent(sandbox.world, event);
    return;
  }
  resetWorld(sandbox.world, sandbox.startVariants);
  sandbox.faults.splice(0);
  sandbox.log.splice(0);
  ctx.body = { reset: true };
}

const InspectBody = v.strictObject({ refreshToken: v.string() });

/** Answers whether a refresh token would be accepted, and doesn't use it. */
function inspect({ world }: Sandbox, ctx: Context): void {
  const token = findArtifact(world, 'RefreshToken', parseBody(InspectBody, ctx).refreshToken);
  ctx.body = { state: token ? tokenState(token, Date.now(), world.variants) : 'unknown' };
}

const ConsentBody = v.strictObject({
  link: v.pipe(v.string(), v.url()),
  organisations: v.exactOptional(v.array(v.string())),
  cancel: v.exactOptional(v.boolean()),
  user: v.exactOptional(v.string()),
});

async function playPerson(ctx: Context): Promise<void> {
  const { link, ...choice } = parseBody(ConsentBody, ctx);
  if (!isOwnAddress(link, ctx.host)) throw new RangeError('link: leads to another server than this sandbox');
  ctx.body = { callbackUrl: await consentAsPerson(link, choice) };
}

async function giveEnvironment({ world }: Sandbox, ctx: Context): Promise<void> {
  const { appType } = v.parse(EnvironmentAddress, ctx['params']);
  const query = new URLSearchParams(ctx.querystring);
  const clientId = query.get('clientId');
  const app = appOf(world, { appType, clientId: clientId ?? undefined });
  ctx.body = await environmentFile(app, `http://${ctx.host}`, query.get('name') ?? 'sandbox');
}

const EnvironmentAddress = v.object({ appType: v.picklist(['web', 'pkce', 'custom_connection']) });
