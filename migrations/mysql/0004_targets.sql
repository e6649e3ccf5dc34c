-- A lease counts only for the change that it was given with: lease_version is the tm_update of that change. A writer that
-- knows nothing of leases moves tm_update, and so ends the lease.
alter table outdial_outdialtargets
  add column lease_until datetime(6),
  add column lease_version datetime(6),
  algorithm = instant;

-- What ready targets are found by, and in which order; NULL for all others, and 9999 means not set. A destination is set
-- where one of its texts is not empty.
alter table outdial_outdialtargets
  add column deleted boolean as (tm_delete is not null and tm_delete < '9999-01-01') virtual,
  add column ready_since datetime(6) as (case when tm_update < '9999-01-01' then tm_update end) virtual,
  add column lease_due datetime(6) as (
    case when cast(status as binary) in ('progressing', 'processing')
      and (tm_delete is null or tm_delete >= '9999-01-01')
      and tm_update <=> lease_version then lease_until end) virtual,
  add column signature char(40) character set ascii collate ascii_bin as (
    case when cast(status as binary) = 'idle' and (tm_delete is null or tm_delete >= '9999-01-01') then
      concat(
        if(json_search(destination_0, 'one', '_%', null, '$.type', '$.target', '$.target_name', '$.name', '$.detail')
          is null, '--------', lpad(lower(hex(ifnull(try_count_0, 0) & 4294967295)), 8, '0')),
        if(json_search(destination_1, 'one', '_%', null, '$.type', '$.target', '$.target_name', '$.name', '$.detail')
          is null, '--------', lpad(lower(hex(ifnull(try_count_1, 0) & 4294967295)), 8, '0')),
        if(json_search(destination_2, 'one', '_%', null, '$.type', '$.target', '$.target_name', '$.name', '$.detail')
          is null, '--------', lpad(lower(hex(ifnull(try_count_2, 0) & 4294967295)), 8, '0')),
        if(json_search(destination_3, 'one', '_%', null, '$.type', '$.target', '$.target_name', '$.name', '$.detail')
          is null, '--------', lpad(lower(hex(ifnull(try_count_3, 0) & 4294967295)), 8, '0')),
        if(json_search(destination_4, 'one', '_%', null, '$.type', '$.target', '$.target_name', '$.name', '$.detail')
          is null, '--------', lpad(lower(hex(ifnull(try_count_4, 0) & 4294967295)), 8, '0')))
    end) virtual,
  algorithm = instant;

alter table outdial_outdialtargets
  add index outdial_outdialtargets_available (outdial_id, signature, ready_since, id),
  add index outdial_outdialtargets_list (outdial_id, deleted, tm_create, id),
  add index outdial_outdialtargets_lease (lease_due, id),
  algorithm = inplace, lock = none;
