// The repositories of one transaction.
// They belong to the thread of their transaction, and block on the database.
#ifndef OUTDIAL_SQL_UNIT_OF_WORK_H_
#define OUTDIAL_SQL_UNIT_OF_WORK_H_

#include <utility>

#include "outdial/ports/database.h"

namespace outdial::sql {

// A unit of work that holds one adapter's repositories.
template <typename Outdials, typename Targets, typename Calls, typename Outbox, typename Journal>
class Repositories final : public UnitOfWork {
 public:
  // Holds what it is given.
  Repositories(Outdials outdials, Targets targets, Calls calls, Outbox outbox, Journal journal)
      : outdials_(std::move(outdials)),
        targets_(std::move(targets)),
        calls_(std::move(calls)),
        outbox_(std::move(outbox)),
        journal_(std::move(journal)) {}

  OutdialRepository& outdials() override { return outdials_; }
  OutdialTargetRepository& targets() override { return targets_; }
  OutdialTargetCallRepository& calls() override { return calls_; }
  EventOutbox& outbox() override { return outbox_; }
  RequestJournal& journal() override { return journal_; }

  const OutdialRepository& outdials() const override { return outdials_; }
  const OutdialTargetRepository& targets() const override { return targets_; }
  const OutdialTargetCallRepository& calls() const override { return calls_; }
  const EventOutbox& outbox() const override { return outbox_; }
  const RequestJournal& journal() const override { return journal_; }

 private:
  Outdials outdials_;
  Targets targets_;
  Calls calls_;
  Outbox outbox_;
  Journal journal_;
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_UNIT_OF_WORK_H_
