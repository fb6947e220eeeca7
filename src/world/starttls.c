/* SPDX-License-Identifier: MIT */
#include "world/starttls_internal.h"

#include "base/xalloc.h"

#include <ctype.h>

/* A wrong protocol shows in so many octets, or in its first line. */
#define FIRST_OCTETS 4

/* ---- What is sent ----------------------------------------------------- */

void starttls_send(struct dialogue *dialogue, const void *octets,
			size_t size)
{
	invariant(dialogue->out_size + size <= STARTTLS_OUT_MAX);
	memcpy(dialogue->out + dialogue->out_size, octets, size);
	dialogue->out_size += size;
}

void starttls_send_text(struct dialogue *dialogue, const char *text)
{
	starttls_send(dialogue, text, strlen(text));
}

/* A name that would need quoting is left out. */
static bool is_plain(const char *name)
{
	return name && *name && strlen(name) <= 255 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") == strlen(name);
}

static void send_stream(struct dialogue *dialogue, const char *name)
{
	starttls_send_text(dialogue, "<?xml version='1.0'?><stream:stream ");
	if (is_plain(name)) {
		starttls_send_text(dialogue, "to='");
		starttls_send_text(dialogue, name);
		starttls_send_text(dialogue, "' ");
	}
	if (dialogue->application == APPLICATION_XMPP_CLIENT)
		starttls_send_text(dialogue, "xmlns='jabber:client' ");
	else
		starttls_send_text(dialogue, "xmlns='jabber:server' ");
	starttls_send_text(dialogue, "xmlns:stream='http://etherx.jabber.org/"
				     "streams' version='1.0'>");
}

/* ---- How it ends ------------------------------------------------------ */

void starttls_note_seen(char seen[STARTTLS_SEEN_SIZE], const uint8_t *octets,
			size_t size)
{
	size_t n = 0;

	while (n < size && n < STARTTLS_SEEN_SIZE - 1 && octets[n] != '\r' &&
	       octets[n] != '\n') {
		seen[n] = octets[n] < 0x80 && isprint(octets[n]) ?
			  (char)octets[n] : '?';
		n++;
	}
	seen[n] = '\0';
}

void starttls_wrong(struct dialogue *dialogue, const uint8_t *octets,
		  size_t size)
{
	dialogue->stands = STARTTLS_WRONG;
	dialogue->is_guess = application_guess(octets, size,
					       &dialogue->guess) &&
			     dialogue->guess != dialogue->application;
}

/* ---- All of them ------------------------------------------------------ */

/* StartTLS, an extended request in message 1 (RFC 4511 section 4.14). */
static const uint8_t ldap_request[] =
	"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037";

/* A length of 8 and the code 1234 5679. */
static const uint8_t ssl_request[] = "\x00\x00\x00\x08\x04\xd2\x16\x2f";

void starttls_begin(struct dialogue *dialogue, enum application application,
		    const char *server_name)
{
	*dialogue = (struct dialogue){ .application = application };
	switch (application) {
	case APPLICATION_TLS:
		dialogue->stands = STARTTLS_READY;
		return;
	case APPLICATION_XMPP_CLIENT:
	case APPLICATION_XMPP_SERVER:
		send_stream(dialogue, server_name);
		return;
	case APPLICATION_LDAP:
		starttls_send(dialogue, ldap_request, sizeof(ldap_request) - 1);
		return;
	case APPLICATION_POSTGRESQL:
		starttls_send(dialogue, ssl_request, sizeof(ssl_request) - 1);
		return;
	case APPLICATION_SMTP:
	case APPLICATION_LMTP:
	case APPLICATION_IMAP:
	case APPLICATION_POP3:
	case APPLICATION_SIEVE:
	case APPLICATION_FTP:
	case APPLICATION_NNTP:
		return;		/* the service speaks first */
	}
}

/* Something else may never send a whole line: TLS, for one. */
static bool may_begin(const struct dialogue *dialogue)
{
	const uint8_t *in = dialogue->in;

	switch (dialogue->application) {
	case APPLICATION_SMTP:
	case APPLICATION_LMTP:
	case APPLICATION_FTP:
	case APPLICATION_NNTP:
		return isdigit(in[0]) != 0;
	case APPLICATION_IMAP:
		return in[0] == '*';
	case APPLICATION_POP3:
		return in[0] == '+' || in[0] == '-';
	case APPLICATION_SIEVE:
		return in[0] == '"' || isupper(in[0]);
	case APPLICATION_XMPP_CLIENT:
	case APPLICATION_XMPP_SERVER:
		return in[0] == '<' || isspace(in[0]);
	case APPLICATION_TLS:
	case APPLICATION_LDAP:
	case APPLICATION_POSTGRESQL:
		break;
	}
	return true;		/* they look by themselves */
}

/* Its first line may never end: it has spoken all the same. */
static void check_first(struct dialogue *dialogue)
{
	bool fits = may_begin(dialogue);

	if (dialogue->total > dialogue->in_size ||
	    (!fits && dialogue->in_size < FIRST_OCTETS &&
	     !memchr(dialogue->in, '\n', dialogue->in_size)))
		return;
	starttls_note_seen(dialogue->seen, dialogue->in, dialogue->in_size);
	if (!fits)
		starttls_wrong(dialogue, dialogue->in, dialogue->in_size);
}

static size_t take_front(struct dialogue *dialogue)
{
	switch (dialogue->application) {
	case APPLICATION_XMPP_CLIENT:
	case APPLICATION_XMPP_SERVER:
		return starttls_take_xmpp(dialogue);
	case APPLICATION_LDAP:
		return starttls_take_ldap(dialogue);
	case APPLICATION_POSTGRESQL:
		return starttls_take_postgresql(dialogue);
	case APPLICATION_TLS:
	case APPLICATION_SMTP:
	case APPLICATION_LMTP:
	case APPLICATION_IMAP:
	case APPLICATION_POP3:
	case APPLICATION_SIEVE:
	case APPLICATION_FTP:
	case APPLICATION_NNTP:
		break;
	}
	return starttls_take_line(dialogue);
}

static void digest(struct dialogue *dialogue)
{
	while (dialogue->stands == STARTTLS_WAIT && dialogue->in_size) {
		size_t used = 0;

		check_first(dialogue);
		if (dialogue->stands == STARTTLS_WAIT)
			used = take_front(dialogue);
		if (used == 0)
			return;
		dialogue->in_size -= used;
		memmove(dialogue->in, dialogue->in + used, dialogue->in_size);
	}
}

enum starttls starttls_take(struct dialogue *dialogue, const uint8_t *octets,
			    size_t size)
{
	while (size > 0 && dialogue->stands == STARTTLS_WAIT) {
		size_t room = STARTTLS_LINE_MAX - dialogue->in_size;
		size_t part = size < room ? size : room;

		memcpy(dialogue->in + dialogue->in_size, octets, part);
		dialogue->in_size += part;
		dialogue->total += part;
		octets += part;
		size -= part;
		digest(dialogue);
		if (dialogue->stands == STARTTLS_WAIT &&
		    (dialogue->in_size == STARTTLS_LINE_MAX ||
		     dialogue->total > STARTTLS_SIZE_MAX))
			dialogue->stands = STARTTLS_TOO_MUCH;
	}
	if (dialogue->stands == STARTTLS_READY && dialogue->in_size + size > 0)
		dialogue->stands = STARTTLS_INJECTED;
	return dialogue->stands;
}
