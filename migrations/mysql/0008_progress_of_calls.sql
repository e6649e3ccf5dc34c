-- What the open calls of a list are counted by.
alter table outdial_outdialtargetcalls
  add column open_outdial_id binary(16) as (
    case when cast(status as binary) in ('progressing', 'processing') then outdial_id end) virtual,
  algorithm = instant;

alter table outdial_outdialtargetcalls
  add index outdial_outdialtargetcalls_open_of_outdial (open_outdial_id),
  algorithm = inplace, lock = none;

-- The lists of idle targets with tries of slots that are not set, which their signature leaves out.
alter table outdial_outdialtargets
  add column unset_tries_outdial_id binary(16) as (
    case when cast(status as binary) = 'idle' and (tm_delete is null or tm_delete >= '9999-01-01') and
      ((try_count_0 <> 0 and json_search(destination_0, 'one', '_%', null, '$.type', '$.target', '$.target_name',
        '$.name', '$.detail') is null) or
       (try_count_1 <> 0 and json_search(destination_1, 'one', '_%', null, '$.type', '$.target', '$.target_name',
        '$.name', '$.detail') is null) or
       (try_count_2 <> 0 and json_search(destination_2, 'one', '_%', null, '$.type', '$.target', '$.target_name',
        '$.name', '$.detail') is null) or
       (try_count_3 <> 0 and json_search(destination_3, 'one', '_%', null, '$.type', '$.target', '$.target_name',
        '$.name', '$.detail') is null) or
       (try_count_4 <> 0 and json_search(destination_4, 'one', '_%', null, '$.type', '$.target', '$.target_name',
        '$.name', '$.detail') is null))
    then outdial_id end) virtual,
  algorithm = instant;

alter table outdial_outdialtargets
  add index outdial_outdialtargets_unset_tries (unset_tries_outdial_id),
  algorithm = inplace, lock = none;
