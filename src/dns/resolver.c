/* SPDX-License-Identifier: MIT */
#include "dns/resolver.h"

#include "base/dns.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define RESOLV_CONF "/etc/resolv.conf"

/* ---- Which resolvers --------------------------------------------------- */

static void resolvers_add(struct resolvers *resolvers, struct address address)
{
	if (address.port == 0)
		address.port = PORT_DNS;
	if (resolvers->count < RESOLVERS_MAX)
		resolvers->addresses[resolvers->count++] = address;
}

/* "nameserver ADDRESS", resolv.conf(5); other lines say nothing to us. */
static void take_line(struct resolvers *resolvers, char *line)
{
	char *rest = NULL;
	const char *key = strtok_r(line, " \t\r", &rest);
	const char *value = strtok_r(NULL, " \t\r", &rest);
	struct address address;

	if (!streq(key, "nameserver") || !value)
		return;
	if (address_parse(value, PORT_DNS, &address))
		resolvers_add(resolvers, address);
	else if (!resolvers->unusable)
		resolvers->unusable = text_to_utf8(value);
}

static void take_resolv_conf(struct world *world, struct resolvers *resolvers)
{
	char *text = NULL, *rest = NULL;
	size_t size;

	if (world->file_read(world, WORLD_CWD, RESOLV_CONF,
			     RESOLV_CONF_SIZE_MAX, &text, &size, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(resolvers, line);
	free(text);
}

void resolvers_load(struct world *world, const struct config *config,
		    struct resolvers *resolvers)
{
	static const struct address loopback = {
		.family = 4, .bytes = { 127, 0, 0, 1 }, .port = PORT_DNS,
	};

	*resolvers = (struct resolvers){
		.unchecked = !config->dnssec_required,
	};
	for (size_t i = 0; i < config->resolver_count; i++)
		resolvers_add(resolvers, config->resolvers[i]);
	if (resolvers->count == 0)
		take_resolv_conf(world, resolvers);
	if (resolvers->count == 0)
		resolvers_add(resolvers, loopback);
}

void resolvers_clear(struct resolvers *resolvers)
{
	free(resolvers->unusable);
	resolvers->unusable = NULL;
}

/* "192.0.2.1, 192.0.2.2": those on other hosts; NULL: none. */
static char *distant_text(const struct resolvers *resolvers)
{
	struct texts texts = { 0 };
	char text[ADDRESS_TEXT_MAX], *all;

	for (size_t i = 0; i < resolvers->count; i++)
		if (!resolver_is_local(&resolvers->addresses[i]))
			texts_add(&texts, address_format(
				&resolvers->addresses[i], text));
	all = texts_join(&texts);
	texts_clear(&texts);
	return all;
}

char *resolvers_warning(struct world *world, const struct config *config)
{
	struct resolvers resolvers;
	char *distant, *text = NULL;

	resolvers_load(world, config, &resolvers);
	distant = distant_text(&resolvers);
	if (resolvers.unusable)
		text = xasprintf("%s: nameserver %s cannot be used (an address "
				 "with a zone, or none); name a resolver by "
				 "`resolver`", RESOLV_CONF,
				 resolvers.unusable);
	else if (config->dnssec_required && distant)
		text = xasprintf("resolver %s is not on this host: what it "
				 "validated (AD) is believed, and so is the "
				 "way to it; let a validating resolver here "
				 "ask it, over TLS if need be, and name that "
				 "by `resolver`", distant);
	free(distant);
	resolvers_clear(&resolvers);
	return text;
}

bool resolver_is_local(const struct address *address)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (address->family == 4)
		return address->bytes[0] == 127;
	return address->family == 6 &&
	       memcmp(address->bytes, one, sizeof(one)) == 0;
}

/* ---- The table --------------------------------------------------------- */

static int lookup_compare(const void *a, const void *b)
{
	const struct lookup *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	if (order == 0)
		order = (one->type > other->type) - (one->type < other->type);
	return order;
}

const struct lookup *lookup_table_find(const struct lookup_table *table,
				       const char *name, ldns_rr_type type)
{
	const struct lookup key = { .name = name, .type = type };

	if (table->sorted_count == 0)
		return NULL;
	return bsearch(&key, table->items, table->sorted_count,
		       sizeof(*table->items), lookup_compare);
}

void lookup_table_want(struct lookup_table *table, const char *name,
		       ldns_rr_type type)
{
	struct lookup *lookup;

	if (lookup_table_find(table, name, type))
		return;
	lookup = array_push(table->items, table->count);
	lookup->name = xstrdup(name);
	lookup->type = type;
	lookup->flags = MESSAGE_RECURSE | MESSAGE_DNSSEC;
	lookup->transport = TRANSPORT_UDP;
}

static void item_clear(struct lookup *lookup)
{
	lookup_clear(lookup);
	xfree(lookup->name);
}

/* Sorts the table; of two that are equal the one already asked stays, for
 * only new ones can be equal to new ones. */
static void table_sort(struct lookup_table *table)
{
	size_t kept = 0;

	if (table->count == 0)
		return;
	qsort(table->items, table->count, sizeof(*table->items),
	      lookup_compare);
	for (size_t i = 0; i < table->count; i++) {
		if (kept && lookup_compare(&table->items[kept - 1],
					   &table->items[i]) == 0)
			item_clear(&table->items[i]);
		else
			table->items[kept++] = table->items[i];
	}
	table->count = table->sorted_count = kept;
}

/* The child's own server denies the DS that its parent has (RFC 4035 section
 * 3.1.4.1). */
static bool is_childs_denial(const struct lookup *lookup,
			     const ldns_pkt *packet)
{
	ldns_rr_list *soa = message_records(packet, LDNS_SECTION_AUTHORITY,
					    lookup->name, LDNS_RR_TYPE_SOA);
	bool own = ldns_rr_list_rr_count(soa) > 0;

	ldns_rr_list_free(soa);
	return own && lookup->type == LDNS_RR_TYPE_DS && ldns_pkt_aa(packet);
}

/* A server that does not recurse knows its own zones only, and of others
 * nothing: what it says is not what the world is told. */
static void disown(struct lookup *lookup)
{
	ldns_pkt *packet = lookup_packet(lookup);
	const char *why = NULL;

	if (!lookup_is_useful(lookup)) {
		ldns_pkt_free(packet);
		return;
	}
	if (!ldns_pkt_ra(packet))
		why = "it is no resolver (no recursion available, RA)";
	else if (is_childs_denial(lookup, packet))
		why = "it serves that zone itself, and denies what only the "
		      "parent knows";
	ldns_pkt_free(packet);
	if (!why)
		return;
	free(lookup->reply);
	lookup->reply = NULL;
	lookup->reply_size = 0;
	lookup->disowned = why;
}

/* What of RESOLVING_SIZE_MAX is not taken yet. */
static size_t find_room(const struct lookup_table *table)
{
	size_t left = RESOLVING_SIZE_MAX;

	for (size_t i = 0; i < table->count; i++)
		left -= left < table->items[i].reply_size ?
			left : table->items[i].reply_size;
	return left;
}

/* Does it answer when it is told not to validate? */
static void find_bogus(struct world *world, struct lookup *const *failed,
		       size_t n)
{
	struct lookup *again = xcalloc(n, sizeof(*again));
	struct lookup **open = xcalloc(n, sizeof(struct lookup *));
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!failed[i]->reply ||
		    failed[i]->rcode != LDNS_RCODE_SERVFAIL)
			continue;
		again[i] = (struct lookup){
			.name = failed[i]->name, .type = failed[i]->type,
			.flags = failed[i]->flags | MESSAGE_UNCHECKED,
			.server = failed[i]->server,
			.transport = failed[i]->transport,
		};
		open[count++] = &again[i];
	}
	lookups_ask_within(world, open, count, 0);
	for (size_t i = 0; i < n; i++) {
		failed[i]->bogus = lookup_is_useful(&again[i]);
		lookup_clear(&again[i]);
	}
	free(open);
	free(again);
}

void lookup_table_resolve(struct world *world,
			  const struct resolvers *resolvers,
			  struct lookup_table *table)
{
	struct lookup **open;
	size_t n = 0;

	table_sort(table);
	open = xcalloc(table->count, sizeof(struct lookup *));
	for (size_t i = 0; i < table->count; i++)
		if (!table->items[i].asked)
			open[n++] = &table->items[i];
	for (size_t r = 0; r < resolvers->count; r++) {
		size_t left = 0;

		for (size_t i = 0; i < n; i++) {
			open[i]->server = resolvers->addresses[r];
			if (resolvers->unchecked)
				open[i]->flags |= MESSAGE_UNCHECKED;
		}
		lookups_ask_within(world, open, n, find_room(table));
		for (size_t i = 0; i < n; i++) {
			disown(open[i]);
			if (!lookup_is_useful(open[i]))
				open[left++] = open[i];
		}
		n = left;
	}
	if (!resolvers->unchecked)
		find_bogus(world, open, n);
	free(open);
}

void lookup_table_clear(struct lookup_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		item_clear(&table->items[i]);
	free(table->items);
	memset(table, 0, sizeof(*table));
}
