// Stands between a daemon and its broker, and keeps from the broker what a dying daemon does not
// send.
#ifndef OUTDIAL_TESTS_INTEGRATION_RABBITMQ_INTERCEPTOR_H_
#define OUTDIAL_TESTS_INTEGRATION_RABBITMQ_INTERCEPTOR_H_

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "support/servers.h"

namespace outdial::test {

// Listens on a port of 127.0.0.1 and passes everything on to another, both ways, on a thread of its
// own. Throws std::runtime_error where a socket cannot be had.
class Interceptor {
 public:
  explicit Interceptor(int broker_port);
  ~Interceptor();

  Interceptor(const Interceptor&) = delete;
  Interceptor& operator=(const Interceptor&) = delete;

  // By which a daemon reaches `vhost` through it.
  std::string AddressIn(const TestVhost& vhost) const;

  // From where on a connection is cut off: where it begins to consume, its next reply (what is
  // published to the default exchange), or its next acknowledgement.
  enum class From { kConsume, kReply, kAcknowledgement };

  // The connection that first comes to such a point sends nothing more to the broker. It goes on
  // receiving.
  void CutOff(From point);

  // Waits until a connection is cut off, and has written what belongs to it: the reply and the
  // acknowledgement of a request. False at the deadline.
  bool WaitUntilCutOff();

  // What was kept from the broker.
  std::string kept() const;

  // Ends all connections. New ones are taken.
  void EndConnections();

 private:
  struct Connection {
    int daemon;
    int broker;
    std::string unparsed;  // from the daemon
    bool greeted = false;  // whether the protocol header has passed
    bool cut_off = false;
    bool ended = false;
  };

  void Run();
  void Accept();
  void PassOn(int from, int to, Connection& connection);
  void TakeFrames(Connection& connection, const std::string& bytes);
  void TakeFrame(Connection& connection, const std::string& frame);

  const int broker_port_;
  int port_ = 0;
  int listener_ = -1;
  int wake_ = -1;                      // an eventfd
  std::list<Connection> connections_;  // of the thread

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  bool end_connections_ = false;
  bool armed_ = false;
  From point_ = From::kReply;
  std::string kept_;
  bool complete_ = false;  // all that belongs to it is in kept_

  std::thread thread_;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_RABBITMQ_INTERCEPTOR_H_
