-- What targets are counted by that are not idle: progressing or done, and NULL for idle and for deleted ones. Idle ones are
-- counted by their signature.
alter table outdial_outdialtargets
  add column progress varchar(11) character set ascii collate ascii_bin as (
    case
      when cast(status as binary) <=> 'idle' or (tm_delete is not null and tm_delete < '9999-01-01') then null
      when cast(status as binary) in ('progressing', 'processing') then 'progressing'
      else 'done'
    end) virtual,
  algorithm = instant;

alter table outdial_outdialtargets
  add index outdial_outdialtargets_progress
    (outdial_id, progress, try_count_0, try_count_1, try_count_2, try_count_3, try_count_4),
  algorithm = inplace, lock = none;
