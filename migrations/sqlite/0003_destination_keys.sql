-- What the destinations of targets are known by, so that one that a list has already is found by an index seek.
create table outdial_destination_keys (
  outdial_id text not null,
  destination_key text not null,
  target_id text not null,
  primary key (outdial_id, destination_key, target_id)
) strict, without rowid;

-- Whether the keys of a target are in that table: those of targets that are older than it are not.
alter table outdial_outdialtargets add column has_keys integer;

create index outdial_outdialtargets_keys_due on outdial_outdialtargets (outdial_id)
  where has_keys is null and tm_delete is null;
