-- What each refresh asks for, as functions: the server plans them once for each of its sessions, not for each refresh.

-- Marks a connection whose token is about to be sent, with the database's own time, as it was first set. The mark is on the
-- server's disk before it answers, whatever the role's settings are. Returns whether the lease is held.
create function evergrant.mark(own_name text, own_lease text, own_epoch bigint, own_host text) returns boolean
language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  update evergrant.connection set spending_since = coalesce(spending_since, clock_timestamp()), spending_host = own_host
  where name = own_name and lease_owner = own_lease and lease_epoch = own_epoch;
  return found;
end
$$;

-- Saves a token set, as often as it is asked: it is added if it is not there, and becomes the connection's if nothing has moved
-- that on since the generation whose token was spent. It is on the server's disk as the mark is. Returns whether it is the
-- connection's; null, and nothing is changed, when the key ring is not of the version whose keys have sealed it.
create function evergrant.save_token_set(own_name text, spent integer, next integer, own_fingerprint text,
  own_issued_at timestamptz, own_host text, access text, refresh text, access_until timestamptz, refresh_until timestamptz,
  status text, is_marked boolean, share real, is_beside boolean, ring_version integer) returns boolean
language plpgsql as $$
declare
  parent evergrant.token_set;
begin
  perform set_config('synchronous_commit', 'on', true);
  if not exists (select from evergrant.key_ring where version = ring_version) then return null; end if;
  select * into parent from evergrant.token_set where name = own_name and generation = spent
  order by issued_at desc, arrived_at desc limit 1;
  insert into evergrant.token_set (name, generation, fingerprint, parent, issued_at, host, access_token, refresh_token,
    access_token_expires_at, refresh_token_expires_at)
  values (own_name, next, own_fingerprint, coalesce(parent.fingerprint, ''), coalesce(own_issued_at, clock_timestamp()), own_host,
    access, coalesce(refresh, parent.refresh_token, ''), access_until, coalesce(refresh_until, parent.refresh_token_expires_at))
  on conflict do nothing;
  update evergrant.connection set generation = next, access_token_expires_at = access_until,
    refresh_token_expires_at = coalesce(refresh_until, refresh_token_expires_at), grant_status = status,
    has_tokens = coalesce(refresh <> '', has_tokens), spread = share, spending_since = case when is_marked then spending_since end,
    spending_host = case when is_marked then spending_host end, changed_at = clock_timestamp()
  where name = own_name and generation = spent and spent < next and not is_beside;
  return found or exists (select from evergrant.token_set join evergrant.connection using (name, generation)
    where name = own_name and generation = next and fingerprint = own_fingerprint);
end
$$;

-- Ends a lease, and records an attempt before, if there is one. Nobody waits for the server's disk, as a crash of the server that
-- undoes it costs nothing.
create function evergrant.release(own_name text, own_lease text, own_epoch bigint, attempted_at timestamptz, attempt jsonb)
returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  if attempt is not null then
    insert into evergrant.attempt (name, at, entry) values (own_name, attempted_at, attempt);
  end if;
  update evergrant.connection set lease_owner = null, lease_until = null, lease_since = null
  where name = own_name and lease_owner = own_lease and lease_epoch = own_epoch;
end
$$;
