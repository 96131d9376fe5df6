-- By what a run over all connections finds its work, and how long an app is to be left alone.

alter table evergrant.connection
  -- Whether it has a refresh token.
  add column has_tokens boolean not null default false,
  -- From 0 to 1, another with each token set: how much of the time that it may be early it is due early.
  add column spread real not null default 0,
  -- When a run over all has taken it last: no run takes one twice.
  add column claimed_at timestamptz;
update evergrant.connection c set has_tokens = exists (
  select from evergrant.token_set t where t.name = c.name and t.generation = c.generation and t.refresh_token <> '');
create index connection_troubled on evergrant.connection (name) where not has_tokens or grant_status = 'consent_needed';
create index connection_marked on evergrant.connection (name) where spending_since is not null;
create index connection_rotation on evergrant.connection (refresh_token_expires_at);

-- What the token endpoint has said counts for all connections of an app, on all machines.
alter table evergrant.app add column retry_after timestamptz;
