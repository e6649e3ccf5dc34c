// The headers of rabbitmq-c, wherever its version puts them.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_LIBRABBITMQ_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_LIBRABBITMQ_H_

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_LIBRABBITMQ_H_
