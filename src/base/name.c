/* SPDX-License-Identifier: MIT */
#include "base/name.h"

#include "base/dns.h"
#include "base/xalloc.h"

#include <ldns/ldns.h>
#include <stdlib.h>

/* Letters are never escaped in what ldns writes: the text can be folded. */
static void fold_case(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

static bool is_plain(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= '0' &&
		octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
	       octet == '-' || octet == '_' || octet == '*';
}

/* What ldns would write, octet by octet; NULL where it would escape one. */
static char *plain_text_of(const ldns_rdf *dname)
{
	const uint8_t *octets = ldns_rdf_data(dname);
	size_t size = ldns_rdf_size(dname), label = 0;
	char *text = xmalloc(size);

	for (size_t i = 1; i < size; i++) {
		bool is_end = i == label + octets[label] + 1U;

		if (!is_end && !is_plain(octets[i])) {
			free(text);
			return NULL;
		}
		text[i - 1] = is_end ? '.' : (char)octets[i];
		label = is_end ? i : label;
	}
	text[size - 1] = '\0';
	fold_case(text);
	return text;
}

static char *text_of(const ldns_rdf *dname)
{
	char *written, *text;

	if (ldns_rdf_size(dname) > DNS_NAME_SIZE_MAX)
		return NULL;
	text = ldns_rdf_size(dname) > 1 ? plain_text_of(dname) : NULL;
	if (text)
		return text;
	written = ldns_rdf2str(dname);
	if (!written)
		return NULL;
	text = xstrdup(written);
	LDNS_FREE(written);
	fold_case(text);
	return text;
}

char *name_parse(const char *text)
{
	ldns_rdf *dname = NULL;
	char *name = NULL;

	if (ldns_str2rdf_dname(&dname, text) == LDNS_STATUS_OK)
		name = text_of(dname);
	ldns_rdf_deep_free(dname);
	return name;
}

/* The dot that ends the first label. In an escape it ends nothing: \. \046 */
static const char *label_end(const char *name)
{
	while (*name != '.') {
		invariant(*name != '\0');
		if (*name == '\\')
			name++;
		invariant(*name != '\0');
		name++;
	}
	return name;
}

const char *name_parent(const char *name)
{
	const char *dot;

	if (streq(name, "."))
		return NULL;
	dot = label_end(name);
	return dot[1] ? dot + 1 : dot;
}

bool name_is_within(const char *name, const char *ancestor)
{
	for (; name; name = name_parent(name))
		if (streq(name, ancestor))
			return true;
	return false;
}

char *name_undotted(const char *name)
{
	size_t size = strlen(name);

	if (size > 1 && name[size - 1] == '.')
		size--;
	return xstrndup(name, size);
}

bool name_is_wildcard(const char *name)
{
	return strncmp(name, "*.", 2) == 0;
}

size_t name_labels(const char *name)
{
	size_t labels = 0;

	while ((name = name_parent(name)))
		labels++;
	return labels;
}
