/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/application.h"
#include "base/bounds.h"

/*
 * The words that a client and a service exchange in the clear before TLS
 * begins. Pure: octets in, octets out. world/posix/tls.c begins a dialogue on
 * every connection to a service that does not start with TLS, sends what OUT
 * has, hands over what comes, and begins the handshake at STARTTLS_READY.
 *
 * Nothing of what is read here is to be trusted but that the service is ready:
 * whoever sits in between may have written it. What came in the clear after
 * the go-ahead would later be taken for words inside TLS (CVE-2011-0411,
 * CVE-2021-23222), so a service that sends such is not proven.
 */
enum starttls {
	STARTTLS_WAIT,		/* send OUT, if any, and read on */
	STARTTLS_READY,		/* send nothing more; TLS begins now */
	STARTTLS_REFUSED,	/* it speaks the protocol, but not of TLS */
	STARTTLS_WRONG,		/* it speaks something else */
	STARTTLS_INJECTED,	/* words in the clear behind the go-ahead */
	STARTTLS_TOO_MUCH,	/* a line or a dialogue beyond the bounds */
};

#define STARTTLS_OUT_MAX	512
#define STARTTLS_SEEN_SIZE	64

struct dialogue {
	enum application application;
	enum starttls stands;
	/* What is to be sent next; the caller sends it and sets SIZE to 0. */
	uint8_t out[STARTTLS_OUT_MAX];
	size_t out_size;
	/* What the service said last, printable; "": nothing. */
	char seen[STARTTLS_SEEN_SIZE];
	/* With STARTTLS_WRONG: what it seems to speak, if that is known. */
	bool is_guess;
	enum application guess;
	/* The dialogue's own. */
	unsigned step;
	bool offered;		/* the reply names STARTTLS */
	char open[3];		/* the code of a reply that goes on */
	size_t total;
	uint8_t in[STARTTLS_LINE_MAX];
	size_t in_size;
};

/* SERVER_NAME: whom an XMPP stream is for; NULL: not said. */
void starttls_begin(struct dialogue *dialogue, enum application application,
		    const char *server_name);
/* The service sent these. Returns, and leaves, how the dialogue stands; once
 * that is not STARTTLS_WAIT, what comes is no longer looked at. */
enum starttls starttls_take(struct dialogue *dialogue, const uint8_t *octets,
			    size_t size);

/* The first line of OCTETS, as far as there is room, printable. */
void starttls_note_seen(char seen[STARTTLS_SEEN_SIZE], const uint8_t *octets,
			size_t size);
