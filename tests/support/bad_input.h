// Requests that are to be refused, for any transport.
#ifndef OUTDIAL_TESTS_SUPPORT_BAD_INPUT_H_
#define OUTDIAL_TESTS_SUPPORT_BAD_INPUT_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace outdial::test {

// A request and the typed error that answers it.
struct BadInput {
  std::string name;
  std::string method;
  std::string uri;   // may hold placeholders: "{outdial}" (see BadInputWorld)
  std::string body;  // likewise
  int status_code;
  std::string reason;
  std::string field;  // the one in `details`; empty: there are no details
};

const std::vector<BadInput>& BadInputs();

// Whether the body of `input` is something that an envelope can carry: JSON, or none.
bool FitsIntoEnvelope(const BadInput& input);

// What is wrong with an answer to `input`: empty where it is as it should be. `data` is the body of
// the answer, without an envelope.
std::string CheckRefusal(const BadInput& input, int status_code, std::string_view data);

// The entities that the requests speak of, made over the transport under test: an outdial
// `{outdial}` with an idle target `{idle}` that has only destination_0 and destination_2, and a
// target `{busy}` that is progressing in the call `{call}`; a deleted outdial `{deleted_outdial}`
// with a target `{orphan}`; a deleted target `{deleted_target}`; `{unknown}` is nobody's id.
class BadInputWorld {
 public:
  struct Answer {
    int status_code;
    std::string data;
  };
  using Send = std::function<Answer(const std::string& method, const std::string& uri,
                                    const std::string& body)>;

  // Throws std::runtime_error where something cannot be made.
  explicit BadInputWorld(Send send);

  // `text` with the ids in place of the placeholders.
  std::string Fill(std::string text) const;

  // Sends `input` and checks the answer: see CheckRefusal.
  std::string Check(const BadInput& input) const;

  // All there is to see of the entities, as text. It is the same after every refusal.
  std::string Snapshot() const;

 private:
  std::string Make(const std::string& method, const std::string& uri,
                   const std::string& body) const;

  Send send_;
  std::map<std::string, std::string> ids_;  // by placeholder
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_BAD_INPUT_H_
