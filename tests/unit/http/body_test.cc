#include "body.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "head.h"
#include "outdial/entities/error.h"
#include "support/catch.h"

namespace outdial::http {
namespace {

struct Decoded {
  std::string body;
  std::string rest;  // what was not read
  bool complete = false;
  absl::Status status;
};

Decoded Decode(std::string_view input, std::optional<std::uint64_t> length,
               std::uint64_t limit = 1'000, std::size_t piece_size = 1'000'000) {
  Decoded decoded;
  BodyDecoder decoder(length, limit);
  while (!input.empty() && !decoder.complete() && decoded.status.ok()) {
    const auto step = decoder.Decode(input.substr(0, piece_size));
    decoded.status = step.status();
    if (!step.ok()) break;
    decoded.body += step->data;
    input.remove_prefix(step->used);
  }
  decoded.rest = input;
  decoded.complete = decoder.complete();
  return decoded;
}

TEST_CASE("a body ends where its length says") {
  CHECK(Decode("", 0).complete);
  for (const std::size_t piece_size : {1U, 2U, 100U}) {
    const Decoded whole = Decode("bodynext", 4, 1'000, piece_size);
    CHECK(whole.complete);
    CHECK(whole.body == "body");
    CHECK(whole.rest == "next");
  }
  const Decoded cut = Decode("bo", 4);
  CHECK(cut.status.ok());
  CHECK_FALSE(cut.complete);
}

TEST_CASE("a body in chunks is put together, in whatever pieces it comes") {
  for (const std::string chunks : {"4\r\nbo\r\n\r\n1\r\nd\r\n0\r\n\r\n",
                                   "04;a=b\r\nbo\r\n\r\n0001 ; c=\"d\"\r\nd\r\n0\r\n\r\n",
                                   "5\r\nbo\r\nd\r\n00;last\r\nA: trailer\r\nB:\r\n\r\n"}) {
    for (const std::size_t piece_size : {1U, 2U, 3U, 100U}) {
      const Decoded whole = Decode(chunks + "next", std::nullopt, 1'000, piece_size);
      INFO(chunks);
      CHECK(whole.status.ok());
      CHECK(whole.complete);
      CHECK(whole.body == "bo\r\nd");
      CHECK(whole.rest == "next");
    }
  }
  CHECK(Decode("A\r\n0123456789\r\n0\r\n\r\n", std::nullopt).body == "0123456789");
}

TEST_CASE("chunks that two programs could read in two ways are refused") {
  for (const std::string chunks : {"x\r\n",
                                   "\r\n",
                                   "-2\r\n",
                                   "+2\r\n",
                                   "0x2\r\n",
                                   " 2\r\n",
                                   "2 x\r\n",
                                   "2\n{}\r\n",
                                   "2\r{}\r\n",
                                   "2;a\n{}",
                                   "2;a\rb\r\n{}",
                                   "2\r\n{}x",
                                   "2\r\n{}\n",
                                   "2\r\n{}\rx",
                                   "2\r\n{}\r\r\n",
                                   "00000000000000001\r\n",
                                   "fffffffffffffffff\r\n",
                                   "0\r\nGET / HTTP/1.1\r\n\r\n",
                                   "0\r\nA: b\n\r\n",
                                   "0\r\n folded: x\r\n",
                                   "0\r\n\n"}) {
    for (const std::size_t piece_size : {1U, 100U}) {
      INFO(chunks);
      const Decoded decoded = Decode(chunks, std::nullopt, 1'000, piece_size);
      CHECK(GetReason(decoded.status) == Reason::kMalformedRequest);
      CHECK_FALSE(decoded.complete);
    }
  }
}

TEST_CASE("chunks hold no more than the limit together") {
  CHECK(Decode("2\r\n{}\r\n2\r\n{}\r\n0\r\n\r\n", std::nullopt, 4).complete);
  CHECK(GetReason(Decode("2\r\n{}\r\n3\r\n", std::nullopt, 4).status) == Reason::kBodyTooLarge);
  CHECK(GetReason(Decode("ffffffffffffffff\r\n", std::nullopt, 4).status) == Reason::kBodyTooLarge);
  CHECK(GetReason(Decode("1\r\na\r\nffffffffffffffff\r\n", std::nullopt, 4).status) ==
        Reason::kBodyTooLarge);
}

TEST_CASE("what chunks carry beside their data is limited") {
  const std::string endless(kMaxHeadBytes + 1, '1');
  CHECK_FALSE(Decode("1;" + endless, std::nullopt).status.ok());
  CHECK_FALSE(Decode("0\r\nA: " + endless, std::nullopt).status.ok());
  CHECK_FALSE(Decode(endless, std::nullopt).status.ok());
  std::string many;
  for (int i = 0; i < 20; ++i) many += "1;" + std::string(1'000, 'x') + "\r\na\r\n";
  CHECK_FALSE(Decode(many, std::nullopt).status.ok());
  std::string trailers = "0\r\n";
  for (int i = 0; i < 20; ++i) trailers += "A: " + std::string(1'000, 'x') + "\r\n";
  CHECK_FALSE(Decode(trailers, std::nullopt).status.ok());
}

}  // namespace
}  // namespace outdial::http
