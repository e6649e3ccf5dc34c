-- What the destinations of targets are known by, so that one that a list has already is found by an index seek.
create table if not exists outdial_destination_keys (
  outdial_id binary(16) not null,
  destination_key varbinary(128) not null,
  target_id binary(16) not null,
  primary key (outdial_id, destination_key, target_id)
) engine = InnoDB;

-- The lists that have live targets whose keys are not in that table, because somebody wrote them who knows nothing of it:
-- these targets have no lease_until. Those of others who have no lease have one that never ends. (A column for that would
-- have the server copy the whole table, and make writers wait meanwhile.)
alter table outdial_outdialtargets
  add column keys_due binary(16) as (
    case when lease_until is null and (tm_delete is null or tm_delete >= '9999-01-01') then outdial_id end) virtual,
  algorithm = instant;

alter table outdial_outdialtargets
  add index outdial_outdialtargets_keys_due (keys_due),
  algorithm = inplace, lock = none;
