-- What the open calls of a list are counted by.
create index outdial_outdialtargetcalls_open_of_outdial on outdial_outdialtargetcalls (outdial_id)
  where status = 'progressing';

-- Idle targets with tries of slots that are not set, which their signature leaves out.
create index outdial_outdialtargets_unset_tries on outdial_outdialtargets (outdial_id)
  where status = 'idle' and tm_delete is null and
    (destination_0 is null and try_count_0 <> 0 or
     destination_1 is null and try_count_1 <> 0 or
     destination_2 is null and try_count_2 <> 0 or
     destination_3 is null and try_count_3 <> 0 or
     destination_4 is null and try_count_4 <> 0);
