/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a service speaks before TLS. Most begin with TLS at once; the others
 * exchange some words in the clear first, each protocol its own (starttls.h
 * has them).
 */
enum application {
	APPLICATION_TLS,		/* TLS from the first octet on */
	APPLICATION_SMTP,		/* RFC 3207 */
	APPLICATION_LMTP,		/* RFC 2033, 3207 */
	APPLICATION_IMAP,		/* RFC 9051 section 6.2.1 */
	APPLICATION_POP3,		/* RFC 2595 section 4 */
	APPLICATION_SIEVE,		/* RFC 5804 section 2.2 */
	APPLICATION_XMPP_CLIENT,	/* RFC 6120 section 5 */
	APPLICATION_XMPP_SERVER,
	APPLICATION_LDAP,		/* RFC 4511 section 4.14 */
	APPLICATION_FTP,		/* RFC 4217 section 4 */
	APPLICATION_POSTGRESQL,		/* SSLRequest */
	APPLICATION_NNTP,		/* RFC 4642 */
};

/* What is spoken at a port where nobody says otherwise. */
enum application application_of_port(uint16_t port);

/* As `probe` has it: "smtp", "xmpp-client", "tls". */
const char *application_word(enum application application);
/* The first SIZE octets of TEXT are such a word. */
bool application_parse(const char *text, size_t size,
		       enum application *application);
/* All of them, for messages: "tls, smtp, ..". Allocated. */
char *application_words(void);

/* What a service speaks that began with these octets; false: no idea. */
bool application_guess(const uint8_t *octets, size_t size,
		       enum application *application);
