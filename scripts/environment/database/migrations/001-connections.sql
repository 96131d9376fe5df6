-- Connections, their token sets, and what is told of them. Run as the owner of the schema; see roles.sql for the others.

create table evergrant.store (
  is_only boolean primary key default true check (is_only),
  id uuid not null default gen_random_uuid()
);
insert into evergrant.store default values;

-- Small and often written: who holds it, what is due. No secret.
create table evergrant.connection (
  name text collate "C" primary key,
  inner_name text not null,
  -- The environment beside which its tokens wait to be judged, and what has become of them; null for an environment itself.
  aside_of text collate "C",
  aside_kind text check (aside_kind in ('pending', 'refused')),
  app_type text not null default '',
  -- The row `app`: whose settings fill what is blank.
  app text not null default '',
  grant_status text not null default '',
  generation integer not null default 0,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  tenant_id text not null default '',
  tenant_name text not null default '',
  -- The SHA-256 of the state of a link that names no environment.
  kept_state text not null default '',
  spending_since timestamptz,
  spending_host text,
  lease_owner text,
  lease_epoch bigint not null default 0,
  lease_since timestamptz,
  lease_until timestamptz,
  retry_after timestamptz,
  used_codes text[] not null default '{}',
  changed_at timestamptz not null default now()
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
create index connection_aside on evergrant.connection (aside_of) where aside_of is not null;
create index connection_inner_name on evergrant.connection (inner_name);
create index connection_kept_state on evergrant.connection (kept_state) where kept_state <> '';
create index connection_due on evergrant.connection (access_token_expires_at);

-- The Postman environment itself, without tokens; the values of its secret rows stand apart, by the row's number.
create table evergrant.document (
  name text collate "C" primary key references evergrant.connection on delete cascade on update cascade,
  version integer not null default 1,
  body text not null,
  secrets jsonb not null default '{}'
);

-- Every token set that ever came, never changed. The newest of a generation is the one that was issued last.
create table evergrant.token_set (
  name text collate "C" not null references evergrant.connection on delete cascade on update cascade,
  generation integer not null,
  fingerprint text not null,
  parent text not null,
  issued_at timestamptz not null,
  arrived_at timestamptz not null default clock_timestamp(),
  host text not null,
  access_token text not null,
  refresh_token text not null,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  primary key (name, generation, fingerprint)
);

-- The settings of an app, once for all its connections: a JSON object with its client id, secret, redirect URI, scopes.
create table evergrant.app (
  name text collate "C" primary key,
  body text not null
);

create table evergrant.attempt (
  id bigint generated always as identity primary key,
  name text collate "C" not null,
  at timestamptz not null,
  entry jsonb not null
);
create index attempt_name on evergrant.attempt (name, id);

-- What hooks were last told, and which process is telling them now.
create table evergrant.notified (
  name text collate "C" primary key references evergrant.connection on delete cascade on update cascade,
  last jsonb,
  lease_owner text,
  lease_until timestamptz
);

-- What people were told of all connections, and which process is telling them now.
create table evergrant.said (
  is_only boolean primary key default true check (is_only),
  troubles jsonb not null default '[]',
  lease_owner text,
  lease_until timestamptz
);
insert into evergrant.said default values;
