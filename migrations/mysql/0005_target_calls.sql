-- A target has one open call at most, as far as this service began it: others may have recorded several.
alter table outdial_outdialtargetcalls
  add column exclusive boolean,
  algorithm = instant;

alter table outdial_outdialtargetcalls
  add column open_target_id binary(16) as (
    case when exclusive and cast(status as binary) in ('progressing', 'processing') then outdial_target_id end) virtual,
  algorithm = instant;

alter table outdial_outdialtargetcalls
  add unique index outdial_outdialtargetcalls_open (open_target_id),
  add index outdial_outdialtargetcalls_customer (customer_id, tm_create, id),
  add index outdial_outdialtargetcalls_campaign (campaign_id, tm_create, id),
  add index outdial_outdialtargetcalls_outdial (outdial_id, tm_create, id),
  add index outdial_outdialtargetcalls_target (outdial_target_id, tm_create, id),
  add index outdial_outdialtargetcalls_activeflow (activeflow_id, tm_create, id),
  add index outdial_outdialtargetcalls_reference (reference_id, tm_create, id),
  algorithm = inplace, lock = none;
