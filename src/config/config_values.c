/* SPDX-License-Identifier: MIT */
#include "config/config_values.h"

#include "base/dns.h"
#include "base/name.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define BLANKS " \t\r\n"
#define DIGITS "0123456789"
#define HOST_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* The words of TEXT, as pointers into COPY. NULL-terminated. */
struct words {
	char *copy;
	char **words;
	size_t count;
};

static struct words words_split(const char *text)
{
	struct words words = { .copy = xstrdup(text) };
	char *rest = words.copy, *word;

	while ((word = strsep(&rest, BLANKS)))
		if (*word)
			*array_push(words.words, words.count) = word;
	(void)array_push(words.words, words.count);
	words.count--;
	return words;
}

static void words_free(struct words *words)
{
	free(words->words);
	free(words->copy);
}

char *config_host_parse(const char *text)
{
	size_t size = strlen(text);
	const char *last;

	if (size == 0 || size > DNS_NAME_SIZE_MAX || streq(text, ".") ||
	    strspn(text, HOST_CHARACTERS) != size)
		return NULL;
	if (text[size - 1] == '.')
		size--;
	last = memrchr(text, '.', size);
	last = last ? last + 1 : text;
	if (strspn(last, DIGITS) == size - (size_t)(last - text))
		return NULL;
	return name_parse(text);
}

char *config_name_fault(const char *text, const char *what)
{
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at >= 0x80)
			return xasprintf("\"%s\" is not ASCII: write its "
					 "A-label as in certbot's "
					 "certificate, xn--.. (idn2 prints "
					 "it)", text);
	return xasprintf("\"%s\" is %s", text, what);
}

/* A single label is more likely a name cut short. */
static char *full_host_parse(const char *text)
{
	return strchr(text, '.') ? config_host_parse(text) : NULL;
}

/* certbot calls the second lineage for NAME "NAME-0001": no host's name. */
static bool has_number_suffix(const char *title)
{
	size_t size = strlen(title);

	return size > 5 && title[size - 5] == '-' &&
	       strspn(title + size - 4, DIGITS) == 4;
}

static char *default_host(const char *title, char **host)
{
	*host = has_number_suffix(title) ? NULL : full_host_parse(title);
	if (*host)
		return NULL;
	return config_name_fault(title, "not the name of a host, so the "
				 "record needs one: \"PARAMS PORT PROTOCOL "
				 "NAME\"");
}

static bool params_parse(const char *text, struct tlsa_params *params)
{
	if (strlen(text) != 3 || !strchr("23", text[0]) ||
	    !strchr("01", text[1]) || !strchr("012", text[2]))
		return false;
	params->usage = (uint8_t)(text[0] - '0');
	params->selector = (uint8_t)(text[1] - '0');
	params->matching = (uint8_t)(text[2] - '0');
	return true;
}

static bool port_parse(const char *text, uint16_t *port)
{
	size_t digits = strspn(text, DIGITS);
	unsigned long number = 0;

	if (digits == 0 || digits > 5 || text[digits] || *text == '0')
		return false;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (unsigned long)(text[i] - '0');
	*port = (uint16_t)number;
	return number <= UINT16_MAX;
}

/* Of a record, which may be for all that have none of their own. */
static bool record_port_parse(const char *text, uint16_t *port)
{
	*port = CONFIG_PORT_ANY;
	return streq(text, "*") || port_parse(text, port);
}

/* "_25._tcp.HOST" or "*._tcp.HOST"; NULL: too long. */
static char *owner_of(const struct config_spec *spec)
{
	char port[CONFIG_PORT_SIZE];
	char *text = xasprintf("%s%s._%s.%s",
			       spec->port == CONFIG_PORT_ANY ? "" : "_",
			       config_port_format(spec, port), spec->protocol,
			       spec->host);
	char *owner = name_parse(text);

	free(text);
	return owner;
}

/* The constant for a transport protocol; NULL when it is another word. */
static const char *protocol_find(const char *word)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp", "quic" };

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (streq(word, protocols[i]))
			return protocols[i];
	return NULL;
}

/* What follows the port: [PROTOCOL] [NAME]. */
static char *spec_parse_rest(char *const *words, size_t count,
			     const char *title, struct config_spec *spec)
{
	const char *protocol = count ? protocol_find(words[0]) : NULL;
	size_t used = protocol ? 1 : 0;

	spec->protocol = protocol ? protocol : "tcp";
	if (count == used)
		return default_host(title, &spec->host);
	if (count > used + 1)
		return xasprintf("\"%s\" is %s", words[used],
				 used ? "too much: one name is wanted"
				      : "none of tcp, udp, sctp and quic");
	spec->host = full_host_parse(words[used]);
	return spec->host ? NULL : config_name_fault(words[used],
					      "not the full name of a host");
}

static char *spec_parse_words(const struct words *words, const char *title,
			      struct config_spec *spec)
{
	char *fault;

	if (words->count < 2)
		return xasprintf("a record is \"PARAMS PORT [PROTOCOL] "
				 "[NAME]\", as \"311 25\"");
	if (!params_parse(words->words[0], &spec->params))
		return xasprintf("\"%s\" is no usage 2 or 3, selector 0 or 1, "
				 "matching type 0, 1 or 2, as \"311\"",
				 words->words[0]);
	if (!record_port_parse(words->words[1], &spec->port))
		return xasprintf("\"%s\" is no port from 1 to 65535, nor \"*\" "
				 "for all", words->words[1]);
	fault = spec_parse_rest(words->words + 2, words->count - 2, title,
				spec);
	if (fault)
		return fault;
	spec->owner = owner_of(spec);
	return spec->owner ? NULL :
	       xasprintf("\"%s\" is too long: with _PORT._PROTOCOL before it "
			 "a name has 255 octets at most", spec->host);
}

char *config_spec_parse(const char *text, const char *title,
			struct config_spec *spec)
{
	struct words words = words_split(text);
	char *fault;

	*spec = (struct config_spec){ .port = 0 };
	fault = spec_parse_words(&words, title, spec);
	words_free(&words);
	if (fault)
		config_spec_clear(spec);
	return fault;
}

void config_spec_clear(struct config_spec *spec)
{
	free(spec->host);
	free(spec->owner);
	*spec = (struct config_spec){ .port = 0 };
}

/* "HOST:PORT" with a name. */
static bool probe_parse_name(const char *text, const char *colon,
			     struct config_probe *probe)
{
	char *host = xstrndup(text, (size_t)(colon - text));

	probe->host = config_host_parse(host);
	free(host);
	return probe->host && port_parse(colon + 1, &probe->port);
}

/* "PROTOCOL:" where another ":" follows: else it is a host. */
static const char *probe_parse_word(const char *text,
				    struct config_probe *probe)
{
	const char *colon = strchr(text, ':');

	if (!colon || !strchr(colon + 1, ':') ||
	    !application_parse(text, (size_t)(colon - text),
			       &probe->application))
		return text;
	return colon + 1;
}

static bool probe_parse_place(const char *text, struct config_probe *probe)
{
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[';

	if (!address_parse(text, 0, &probe->address))
		return colon && probe_parse_name(text, colon, probe);
	probe->port = probe->address.port;
	if (!probe->port)
		return false;
	invariant(colon);
	probe->host = xstrndup(text + brackets,
			       (size_t)(colon - text) - 2 * brackets);
	return true;
}

static bool has_domain(enum application application)
{
	return application == APPLICATION_XMPP_CLIENT ||
	       application == APPLICATION_XMPP_SERVER;
}

/* Whom an XMPP stream is for, where that is not the host. */
static char *probe_parse_domain(const char *text, struct config_probe *probe)
{
	if (!has_domain(probe->application))
		return xasprintf("\"%s\" is too much: only of xmpp-client and "
				 "xmpp-server a domain is wanted", text);
	probe->domain = config_host_parse(text);
	return probe->domain ? NULL :
	       config_name_fault(text, "not the name of a domain");
}

static char *probe_fault(const char *text)
{
	char *words = application_words();
	char *fault = xasprintf("\"%s\" is not HOST:PORT, ADDRESS:PORT or "
				"[ADDRESS]:PORT, alone or behind PROTOCOL: "
				"(%s)", text, words);

	free(words);
	return fault;
}

static char *probe_parse_words(const struct words *words, const char *text,
			       struct config_probe *probe)
{
	const char *place;

	if (words->count < 1 || words->count > 2)
		return probe_fault(text);
	place = probe_parse_word(words->words[0], probe);
	if (!probe_parse_place(place, probe))
		return probe_fault(text);
	if (place == words->words[0])
		probe->application = application_of_port(probe->port);
	return words->count > 1 ?
	       probe_parse_domain(words->words[1], probe) : NULL;
}

char *config_probe_parse(const char *text, struct config_probe *probe)
{
	struct words words = words_split(text);
	char *fault;

	*probe = (struct config_probe){ .port = 0 };
	fault = probe_parse_words(&words, text, probe);
	words_free(&words);
	if (fault)
		config_probe_clear(probe);
	return fault;
}

void config_probe_clear(struct config_probe *probe)
{
	free(probe->host);
	free(probe->domain);
	*probe = (struct config_probe){ .port = 0 };
}

/* WORDS, of which there are COUNT, are a program and its arguments. */
static char *program_take(char *const *words, size_t count, char ***arguments)
{
	if (words[0][0] != '/')
		return xasprintf("the program \"%s\" is no absolute path",
				 words[0]);
	*arguments = xcalloc(count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++)
		(*arguments)[i] = xstrdup(words[i]);
	return NULL;
}

char *config_program_parse(const char *text, char ***arguments)
{
	struct words words = words_split(text);
	char *fault = words.count ?
		      program_take(words.words, words.count, arguments) :
		      xasprintf("\"%s\" is no program", text);

	words_free(&words);
	return fault;
}

/* The words after "exec". */
static char *exec_parse(char *const *words, size_t count,
			struct config_target *target)
{
	const char *user = NULL;
	char *fault;

	if (count && strncmp(words[0], "uid:", 4) == 0) {
		user = words[0] + 4;
		words++;
		count--;
		if (!*user)
			return xasprintf("\"uid:\" lacks the user");
	}
	if (count == 0)
		return xasprintf("\"exec\" lacks its program");
	fault = program_take(words, count, &target->exec_arguments);
	if (fault)
		return fault;
	target->api = API_EXEC;
	target->exec_user = user ? xstrdup(user) : NULL;
	return NULL;
}

char *config_api_parse(const char *text, struct config_target *target)
{
	struct words words = words_split(text);
	char *fault = NULL;

	target->api = API_RFC2136;
	if (words.count && streq(words.words[0], "exec"))
		fault = exec_parse(words.words + 1, words.count - 1, target);
	else if (words.count != 1 || !streq(words.words[0], "rfc2136"))
		fault = xasprintf("\"%s\" is neither \"rfc2136\" nor \"exec "
				  "[uid:USER] PROGRAM ARGUMENT..\"", text);
	words_free(&words);
	return fault;
}

char *config_primary_check(const char *text)
{
	struct address address;
	char *host;

	if (address_parse(text, PORT_DNS, &address))
		return NULL;
	host = config_host_parse(text);
	if (!host)
		return config_name_fault(text, "neither ADDRESS, [ADDRESS]:"
					 "PORT nor the name of a host");
	free(host);
	return NULL;
}

char *config_text_fault(const char *text)
{
	char *shown, *fault;

	if (!text || text_is_utf8(text))
		return NULL;
	shown = text_to_utf8(text);
	fault = xasprintf("\"%s\" is no UTF-8", shown);
	free(shown);
	return fault;
}
