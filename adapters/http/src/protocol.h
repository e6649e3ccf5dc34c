// HTTP/1.1 on connections of ours.
//
// What clients send is read by head.h and body.h, strictly. cpp-httplib words the responses; it
// gets to see no byte of a client, because (0.11; some of it in later versions too) it decodes
// percents in header values, joins folded lines, takes a malformed chunk for the last one, sets no
// limit to a head or a chunked body, and drops bytes of a next request that arrive with this one.
#ifndef OUTDIAL_HTTP_SRC_PROTOCOL_H_
#define OUTDIAL_HTTP_SRC_PROTOCOL_H_

#include <atomic>
#include <cstddef>
#include <memory>

#include "connection.h"
#include "request_handler.h"

namespace outdial::http {

// Thread-safe.
class Protocol {
 public:
  // `handler` must outlive it.
  explicit Protocol(RequestHandler& handler);
  ~Protocol();

  // Answers requests until the client leaves or is told to.
  void Serve(Connection& connection);

 private:
  class Exchange;
  class ResponseWriter;

  bool Process(Connection& connection);

  RequestHandler& handler_;
  const std::unique_ptr<ResponseWriter> writer_;
  std::atomic<std::size_t> body_bytes_ = 0;  // of all bodies that are read or being handled
};

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_PROTOCOL_H_
