-- What nobody asks for any more goes with each new row of its connection, so that no table grows for ever.

-- The token sets of the last day stay, and those of the ten newest generations: see recovery, and receipts.
create function evergrant.forget_token_sets() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from evergrant.token_set s
  where s.name = new.name and s.generation < new.generation and s.arrived_at < now() - interval '1 day'
    and s.generation < (select min(n.generation) from (select distinct t.generation from evergrant.token_set t
      where t.name = new.name order by t.generation desc limit 10) n);
  return null;
end
$$;
create trigger forget_token_sets after update of generation on evergrant.connection
  for each row when (new.generation > old.generation) execute function evergrant.forget_token_sets();

-- Attempts stay for as long as a status page looks back. A few at a time: an older program may have left many.
create function evergrant.forget_attempts() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from evergrant.attempt where id in (select o.id from (select a.id, a.at from evergrant.attempt a
    where a.name = new.name order by a.id limit 3) o where o.at < now() - interval '62 days');
  return null;
end
$$;
create trigger forget_attempts after insert on evergrant.attempt for each row execute function evergrant.forget_attempts();
