#include "ready_index.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/uuid.h"

namespace outdial::memory {

void ReadyIndex::Insert(const OutdialTarget& target) {
  const auto& fields = target.fields();
  outdials_[fields.outdial_id][Signature(fields.slots)].times.insert({fields.tm_update, fields.id});
}

void ReadyIndex::Erase(const OutdialTarget& target) {
  const auto& fields = target.fields();
  const auto outdial = outdials_.find(fields.outdial_id);
  if (outdial == outdials_.end()) return;
  Signatures& signatures = outdial->second;
  const auto signature = signatures.find(Signature(fields.slots));
  if (signature == signatures.end()) return;
  auto& targets = signature->second.times;
  targets.erase({fields.tm_update, fields.id});
  // What is empty goes, or First would go through every signature that there ever was.
  if (targets.empty()) signatures.erase(signature);
  if (signatures.empty()) outdials_.erase(outdial);
}

std::vector<OutdialTargetId> ReadyIndex::First(OutdialId outdial_id,
                                               const TryThresholds& thresholds,
                                               std::size_t limit) const {
  std::vector<OutdialTargetId> ids;
  const auto outdial = outdials_.find(outdial_id);
  if (outdial == outdials_.end()) return ids;

  // A heap of the eligible signatures, the one whose next target is due first on top.
  struct Cursor {
    absl::btree_set<TargetTime>::const_iterator next;
    absl::btree_set<TargetTime>::const_iterator end;
  };
  const auto later = [](const Cursor& a, const Cursor& b) { return *b.next < *a.next; };
  std::vector<Cursor> heap;
  for (const auto& [signature, targets] : outdial->second) {
    if (!signature.IsEligible(thresholds)) continue;
    heap.push_back({targets.times.begin(), targets.times.end()});
  }
  std::make_heap(heap.begin(), heap.end(), later);

  while (!heap.empty() && ids.size() < limit) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Cursor& cursor = heap.back();
    ids.push_back(cursor.next->id);
    if (++cursor.next == cursor.end) {
      heap.pop_back();
    } else {
      std::push_heap(heap.begin(), heap.end(), later);
    }
  }
  return ids;
}

}  // namespace outdial::memory
