/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/starttls.h"

/* A service that talks before TLS, and how its client takes it. */

/* What the service says (SIZE octets where it is not 0), and what it must
 * have been told by then (NULL: anything). */
struct line {
	const char *says;
	const char *told;
	size_t size;
};

/* The last talk. */
extern struct dialogue dialogue;

/* So much is to be sent, and now it is. */
void check_told(const char *told);
/* STEP octets at a time. */
void talk(enum application application, const struct line *lines, size_t n,
	  size_t step, enum starttls want);
/* However the network cuts it, it is the same. */
void check_talk(enum application application, const struct line *lines,
		size_t n, enum starttls want);
void check_one(enum application application, const char *says,
	       enum starttls want);
void check_octets(enum application application, const char *octets,
		  size_t size, enum starttls want);

#define CHECK(application, lines, want) \
	check_talk(application, lines, COUNT(lines), want)
#define OCTETS(application, octets, want) \
	check_octets(application, octets, sizeof(octets) - 1, want)
#define CASE(name) cmocka_unit_test(test_##name)

/* An XMPP client's stream header; features with STARTTLS; what asks for it. */
#define STREAM(kind, to) "<?xml version='1.0'?><stream:stream " to \
	"xmlns='jabber:" kind "' xmlns:stream=" \
	"'http://etherx.jabber.org/streams' version='1.0'>"
#define HEADER "<?xml version='1.0'?><stream:stream id='1'>"
#define FEATURES HEADER "<stream:features><starttls xmlns='" \
	"urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>" \
	"</stream:features>"
#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
