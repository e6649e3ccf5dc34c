// How targets are added many at a time.
#ifndef OUTDIAL_SERVICES_TARGET_IMPORT_SERVICE_H_
#define OUTDIAL_SERVICES_TARGET_IMPORT_SERVICE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/use_counted.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/number_normalizer.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/go_on.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// What the batches of an import that is only rehearsed would have added. Takes some 20 bytes for
// each of their destinations. Belongs to one outdial, and is used by one thread at a time.
class ImportRehearsal {
 private:
  friend class TargetImportService;

  absl::flat_hash_set<std::size_t> destinations_;  // hashes of their keys
};

// Adds targets to outdials, a batch of rows in one transaction.
//
// Two destinations are the same where their keys are (see DestinationKey): a number in whatever
// notation and slot. So are two targets whom nobody can call, where all of them is alike: rows that
// are sent again are added once. Where duplicates are not allowed, of two imports that run at the
// same time one waits for the other's batch, and so does whoever adds a single target with this
// service; so a destination is added once, whoever is first. The keys of targets that were added by
// a writer who knows nothing of keys are registered first: RegisterMissingKeys does that in the
// background, and an import waits for its outdial to be complete. Only what such a writer commits
// while the rows are being added may be missed.
//
// Thread-safe. Functions that change something block on the database.
class TargetImportService {
 public:
  // `numbers`, where it is not null, must outlive the service. Null: no region is known.
  TargetImportService(const ServicePorts& ports, const ServiceSettings& settings,
                      NumberNormalizer* numbers);

  // OK where numbers can be normalised for `region`, and for an empty one, which means that they
  // are kept as they are. Error: INVALID_REGION, naming the field `region`.
  absl::Status CheckRegion(std::string_view region) const;

  // A row whose destinations of type `tel` are in the form of E.164, as a number of `region`.
  // Returns `row` as it is where that is an error, or `region` is empty. Errors:
  // INVALID_PHONE_NUMBER, naming the field ("destination_0.target"); those of CheckRegion, for a
  // region that it refuses. Does not block.
  absl::StatusOr<NewOutdialTarget> Normalize(absl::StatusOr<NewOutdialTarget> row,
                                             std::string_view region) const;

  // Adds the rows that are targets, in one transaction with the event `outdialtargets_imported`
  // (where any is added) and, where the caller gives a JournalRecorder, the request's journal
  // entry. A row that is an error is refused with that error; a duplicate is skipped or refused
  // with DUPLICATE_DESTINATION; a text that the database cannot hold is refused with
  // TEXT_NOT_STORABLE or TEXT_TOO_LONG. Errors, of all rows together: OUTDIAL_NOT_FOUND, also for a
  // deleted outdial; DESTINATION_KEYS_PENDING; OUTBOX_FULL; REQUEST_ALREADY_JOURNALED;
  // TEXT_NOT_STORABLE and TEXT_TOO_LONG for a request's identity that cannot be kept;
  // DATABASE_UNAVAILABLE and INTERNAL (see UnitOfWork). Nothing is added then, except that after
  // DATABASE_UNAVAILABLE all may have been: its answer may be lost.
  //
  // Meant for some 1,000 rows. Where duplicates are not allowed and keys are missing, registers
  // these before, in transactions of their own. Where more are missing than kKeysPatience is enough
  // for, it asks `go_on`, again and again; empty, or false: DESTINATION_KEYS_PENDING. Asking again
  // later helps: what was registered stays.
  absl::StatusOr<ImportResult> Import(OutdialId outdial_id,
                                      std::vector<absl::StatusOr<NewOutdialTarget>> rows,
                                      OnDuplicate on_duplicate,
                                      const JournalRecorder<ImportResult>& journal = nullptr,
                                      const GoOn& go_on = nullptr);

  // What Import would return, after the batches that `rehearsal` has seen before, without adding
  // anything: the transaction is rolled back. Takes the locks that Import takes, and registers keys
  // as it does. A row that is the duplicate of a row has no `existing`. Errors: as Import.
  absl::StatusOr<ImportResult> Rehearse(OutdialId outdial_id,
                                        std::vector<absl::StatusOr<NewOutdialTarget>> rows,
                                        OnDuplicate on_duplicate, ImportRehearsal& rehearsal,
                                        const GoOn& go_on = nullptr);

  // Registers the keys of up to `limit` targets of any outdials that others have added, and returns
  // how many: `limit` means that there may be more. To be called every second or so, and again at
  // once after `limit`. Errors: DATABASE_UNAVAILABLE and INTERNAL (see UnitOfWork).
  absl::StatusOr<std::size_t> RegisterMissingKeys(std::size_t limit);

  // How long an import that is not told to go on registers keys before it gives up.
  static constexpr absl::Duration kKeysPatience = absl::Seconds(1);

 private:
  ServicePorts ports_;
  ServiceSettings settings_;
  Use<NumberNormalizer> numbers_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_TARGET_IMPORT_SERVICE_H_
