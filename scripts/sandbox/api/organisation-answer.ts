import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import { escapeHtml } from '../../text/html';
import type { Organisation } from '../world/world';

/** Answers with one organisation: as JSON when the request accepts it, otherwise as XML, this API's default. */
export function organisationAnswer(ctx: Context, organisation: Organisation): void {
  const members = describe(organisation);
  if (ctx.get('accept').includes('application/json')) ctx.body = jsonAnswer(members);
  else {
    ctx.type = 'text/xml';
    ctx.body = xmlAnswer(members);
  }
}

type Members = Record<string, string | boolean>;

function describe(organisation: Organisation): Members {
  return {
    Name: organisation.name,
    LegalName: organisation.name,
    PaysTax: true,
    Version: organisation.countryCode === 'US' ? 'GLOBAL' : organisation.countryCode,
    OrganisationType: 'COMPANY',
    BaseCurrency: organisation.baseCurrency,
    CountryCode: organisation.countryCode,
    IsDemoCompany: organisation.isDemoCompany,
    OrganisationStatus: 'ACTIVE',
    OrganisationEntityType: 'COMPANY',
    Timezone: 'UTC',
    ShortCode: organisation.shortCode,
    OrganisationID: organisation.tenantId,
  };
}

function jsonAnswer(members: Members): Record<string, unknown> {
  return {
    Id: randomUUID(),
    Status: 'OK',
    ProviderName: 'Evergrant sandbox',
    DateTimeUTC: `/Date(${Date.now()})/`,
    Organisations: [members],
  };
}

function xmlAnswer(members: Members): string {
  const lines = Object.entries(members).map(([name, value]) => `<${name}>${escapeHtml(String(value))}</${name}>`);
  const organisation = `<Organisations><Organisation>${lines.join('')}</Organisation></Organisations>`;
  return `<Response><Id>${randomUUID()}</Id><Status>OK</Status>${organisation}</Response>`;
}
