// HTTP/1.1: cpp-httplib, on connections of ours.
//
// The library reads and writes the protocol, through the function that it has for its subclasses.
// Its own connections are not used, because (0.11; some of it in later versions too) they wait by
// polling, cannot be told to end, drop bytes of a next request that arrive with this one, set no
// limit to a head or a chunked body, go on after a request that could not be read to its end, and
// stop listening when accepting a client fails once.
#ifndef OUTDIAL_HTTP_SRC_PROTOCOL_H_
#define OUTDIAL_HTTP_SRC_PROTOCOL_H_

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
  class Library;

  std::unique_ptr<Library> library_;
};

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_PROTOCOL_H_
