-- What a status shows of a connection, so that nobody has to read whole documents, tokens and logs for that.

alter table evergrant.document
  -- The rows and claims that are shown, without any secret: see shown.ts. Null where nobody has written it yet.
  add column shown jsonb,
  -- The Xero user who has consented: one user's token sets of one app end each other.
  add column user_id text not null default '';
alter table evergrant.connection
  -- Whether nothing in its document makes a status say more of it than its tokens do.
  add column is_plain boolean not null default false;
create index document_user on evergrant.document (user_id) where user_id <> '';

-- A document that is changed by hand is read whole from then on: what is shown of it may no longer be true.
create function evergrant.forget_shown() returns trigger language plpgsql as $$
begin
  if new.version = old.version and new.body is distinct from old.body then
    new.shown := null;
    update evergrant.connection set is_plain = false where name = new.name;
  end if;
  return new;
end
$$;
create trigger forget_shown before update on evergrant.document for each row execute function evergrant.forget_shown();

-- The last attempt at each connection, since when attempts end as it did, and the last move to another organisation.
create table evergrant.last_attempt (
  name text collate "C" primary key,
  id bigint not null,
  at timestamptz not null,
  outcome text not null,
  since timestamptz not null,
  move jsonb
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- Whoever records an attempt may record here, too.
create function evergrant.note_attempt() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  if new.entry->>'outcome' is null or new.entry->>'outcome' = 'renamed' then return null; end if;
  insert into evergrant.last_attempt as l (name, id, at, outcome, since, move)
  values (new.name, new.id, new.at, new.entry->>'outcome', new.at,
    case when jsonb_typeof(new.entry->'moved') = 'object' then jsonb_build_object('moved', new.entry->'moved', 'at', new.at) end)
  on conflict (name) do update set id = excluded.id, at = excluded.at, outcome = excluded.outcome,
    since = case when l.outcome = excluded.outcome then l.since else excluded.since end, move = coalesce(excluded.move, l.move)
    where l.id < excluded.id;
  return null;
end
$$;
create trigger note_attempt after insert on evergrant.attempt for each row execute function evergrant.note_attempt();

insert into evergrant.last_attempt (name, id, at, outcome, since, move)
select distinct on (a.name) a.name, a.id, a.at, a.entry->>'outcome',
  coalesce((select min(b.at) from evergrant.attempt b where b.name = a.name and b.id > coalesce((select max(c.id)
    from evergrant.attempt c where c.name = a.name and c.entry->>'outcome' not in (a.entry->>'outcome', 'renamed')), 0)), a.at),
  (select jsonb_build_object('moved', m.entry->'moved', 'at', m.at) from evergrant.attempt m
    where m.name = a.name and jsonb_typeof(m.entry->'moved') = 'object' order by m.id desc limit 1)
from evergrant.attempt a where a.entry->>'outcome' <> 'renamed' order by a.name, a.id desc;

-- Where the users' rights were given before, these come along.
do $$
begin
  if exists (select from pg_roles where rolname = 'evergrant_worker') then
    grant select, insert, update, delete on evergrant.last_attempt to evergrant_worker;
  end if;
  if exists (select from pg_roles where rolname = 'evergrant_reader') then
    grant select on evergrant.last_attempt, evergrant.store, evergrant.said to evergrant_reader;
    grant select (name, shown, user_id) on evergrant.document to evergrant_reader;
    grant select (name) on evergrant.app to evergrant_reader;
  end if;
end
$$;
