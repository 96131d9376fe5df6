-- What a run over all connections refreshes next: what was cut off comes first, then what expires first. A run reads on from where it last
-- claimed, and so looks at each connection once, however many are due.
create index connection_urgency on evergrant.connection
  ((spending_since is null), coalesce(access_token_expires_at, '-infinity'::timestamptz), name);
create index connection_urgency_kept on evergrant.connection
  ((spending_since is null), coalesce(refresh_token_expires_at, '-infinity'::timestamptz), name);
drop index evergrant.connection_due;
drop index evergrant.connection_rotation;
drop index evergrant.connection_marked;

-- Which client asked which token endpoint that wants to be left alone: it says nothing of other clients, nor of other endpoints.
alter table evergrant.app add column retry_of text not null default '';
