// Package mail carries what subscribers are told to a mail server (SMTP): plain
// text and HTML, over one connection for many messages, through
// github.com/wneessen/go-mail.
//
// # Invariants
//
// A message has one recipient, so nobody sees another's address. Its Message-ID
// is made of what it says and to whom, so that one that is sent again, because
// nobody knows whether it arrived, can be known by it. It says how to unsubscribe
// with one click (RFC 8058) and that a program sent it (RFC 3834).
//
// An address that the server refuses for good is refused here only once the
// server has taken another's mail: a server that refuses everybody has no quarrel
// with anybody's address. What goes wrong is said in codes, never in the server's
// words, which repeat addresses.
//
// # Concurrency
//
// A Carrier is used by one goroutine, that of its outbox.
package mail
