/* SPDX-License-Identifier: MIT */
#include "base/application.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const words[] = {
	[APPLICATION_TLS] = "tls",
	[APPLICATION_SMTP] = "smtp",
	[APPLICATION_LMTP] = "lmtp",
	[APPLICATION_IMAP] = "imap",
	[APPLICATION_POP3] = "pop3",
	[APPLICATION_SIEVE] = "sieve",
	[APPLICATION_XMPP_CLIENT] = "xmpp-client",
	[APPLICATION_XMPP_SERVER] = "xmpp-server",
	[APPLICATION_LDAP] = "ldap",
	[APPLICATION_FTP] = "ftp",
	[APPLICATION_POSTGRESQL] = "postgresql",
	[APPLICATION_NNTP] = "nntp",
};

enum application application_of_port(uint16_t port)
{
	static const struct {
		uint16_t port;
		enum application application;
	} usual[] = {
		{ 21, APPLICATION_FTP },
		{ 24, APPLICATION_LMTP },
		{ 25, APPLICATION_SMTP },
		{ 110, APPLICATION_POP3 },
		{ 119, APPLICATION_NNTP },
		{ 143, APPLICATION_IMAP },
		{ 389, APPLICATION_LDAP },
		{ 587, APPLICATION_SMTP },
		{ 2525, APPLICATION_SMTP },
		{ 4190, APPLICATION_SIEVE },
		{ 5222, APPLICATION_XMPP_CLIENT },
		{ 5269, APPLICATION_XMPP_SERVER },
		{ 5432, APPLICATION_POSTGRESQL },
	};

	for (size_t i = 0; i < COUNT(usual); i++)
		if (usual[i].port == port)
			return usual[i].application;
	return APPLICATION_TLS;
}

const char *application_word(enum application application)
{
	invariant((size_t)application < COUNT(words));
	return words[application];
}

bool application_parse(const char *text, size_t size,
		       enum application *application)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strlen(words[i]) != size ||
		    memcmp(words[i], text, size) != 0)
			continue;
		*application = (enum application)i;
		return true;
	}
	return false;
}

char *application_words(void)
{
	char *list = xstrdup(words[0]);

	for (size_t i = 1; i < COUNT(words); i++) {
		char *longer = xasprintf("%s, %s", list, words[i]);

		free(list);
		list = longer;
	}
	return list;
}

/* "220" may be FTP as well, but more ask for mail. */
bool application_guess(const uint8_t *octets, size_t size,
		       enum application *application)
{
	static const struct {
		const char *start;
		size_t size;
		enum application application;
	} starts[] = {
		{ "\x15\x03", 2, APPLICATION_TLS },	/* an alert */
		{ "\x16\x03", 2, APPLICATION_TLS },
		{ "220", 3, APPLICATION_SMTP },
		{ "* ", 2, APPLICATION_IMAP },
		{ "+OK", 3, APPLICATION_POP3 },
		{ "\"", 1, APPLICATION_SIEVE },
		{ "<?xml", 5, APPLICATION_XMPP_CLIENT },
		{ "<stream", 7, APPLICATION_XMPP_CLIENT },
		{ "200 ", 4, APPLICATION_NNTP },
		{ "201 ", 4, APPLICATION_NNTP },
	};

	for (size_t i = 0; i < COUNT(starts); i++) {
		if (size < starts[i].size ||
		    memcmp(octets, starts[i].start, starts[i].size) != 0)
			continue;
		*application = starts[i].application;
		return true;
	}
	return false;
}
