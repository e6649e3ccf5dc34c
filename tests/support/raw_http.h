// HTTP by hand: a client that sends whatever it is told to, and reads strictly.
#ifndef OUTDIAL_TESTS_SUPPORT_RAW_HTTP_H_
#define OUTDIAL_TESTS_SUPPORT_RAW_HTTP_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace outdial::test {

struct HttpAnswer {
  int status_code = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// A TCP connection to 127.0.0.1. Every wait has a deadline (kPatience), after which it counts as
// broken. Used by one thread.
class RawConnection {
 public:
  // Throws std::runtime_error where nobody listens.
  explicit RawConnection(int port);
  ~RawConnection();

  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // The socket, for who waits for several of them, or reads by himself.
  int descriptor() const { return socket_; }

  // False where the other side no longer takes it.
  bool Send(std::string_view bytes);

  // Whether the other side has closed it. Does not wait.
  bool IsClosed() const;

  // Tells the other side that no more will come.
  void FinishSending();

  // Reads one response with a Content-Length, or one that has no body: a 204, or what a HEAD asked
  // for. nullopt where the connection ends or breaks before it is complete.
  std::optional<HttpAnswer> ReadAnswer(bool to_head = false);

  // Reads up to `text` and drops it. False where the connection ends before.
  bool ReadUntil(std::string_view text);

  // Reads a line that ends with CR and LF, which it drops. Throws std::runtime_error where the
  // connection ends before.
  std::string ReadLine();

  // Whether the other side closes the connection, with nothing left to read.
  bool ReadsEnd();

  // Whether what was read last was no end but an error.
  bool WasReset() const { return was_reset_; }

 private:
  bool Fill();

  int socket_;
  std::string buffer_;
  bool was_reset_ = false;
};

// "GET /path HTTP/1.1" with a body where there is one, on a connection that stays.
std::string MakeRequest(std::string_view method, std::string_view target,
                        std::string_view body = {}, std::string_view headers = {});

// Sends one request, as MakeRequest makes it, on a connection of its own, and reads its answer.
// Throws std::runtime_error where none comes.
HttpAnswer AskOnce(int port, std::string_view request);

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_RAW_HTTP_H_
