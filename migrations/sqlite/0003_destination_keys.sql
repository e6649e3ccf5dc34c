-- What the destinations of targets are known by, so that one that a list has already is found by an index seek: numbers,
-- because an import adds many, in no order, and small entries make few pages. `fingerprint` is made of the list's id and
-- the destination's key, and may be that of another destination too.
create table outdial_destination_keys (
  fingerprint integer not null,
  target_id_high integer not null,
  target_id_low integer not null,
  primary key (fingerprint, target_id_high, target_id_low)
) strict, without rowid;

-- Whether the keys of a target are in that table: those of targets that are older than it are not.
alter table outdial_outdialtargets add column has_keys integer;

create index outdial_outdialtargets_keys_due on outdial_outdialtargets (outdial_id)
  where has_keys is null and tm_delete is null;
