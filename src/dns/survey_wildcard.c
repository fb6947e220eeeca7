/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

enum { BELOW, ABOVE };		/* in the names of a suspect */

/* An owner with a set that a wildcard may have given. */
struct suspect {
	struct survey_owner *owner;
	char **names;			/* one below OWNER that nobody made, and
					   from ABOVE on the wildcards above */
	size_t name_count;
	struct lookup *lookups;		/* one for each name */
};

struct suspects {
	struct suspect *items;
	size_t count;
};

/* False: OWNER is so long that no name fits below it; the condition of the
 * update remains. */
static bool name_below(struct world *world, const char *owner, char **below)
{
	uint32_t number;
	char *text;

	world->random(world, &number, sizeof(number));
	text = xasprintf("_%08x.%s", number, owner);
	*below = name_parse(text);
	free(text);
	return *below != NULL;
}

static void suspect_add(struct world *world, struct suspects *all,
			struct survey_owner *owner)
{
	const struct sighting *primary = owner->primary;
	const char *above = owner->name;
	struct suspect *suspect;
	char *below, *wildcard;

	if (!primary || primary->verdict != SIGHTING_SET ||
	    !name_below(world, owner->name, &below))
		return;
	suspect = array_push(all->items, all->count);
	suspect->owner = owner;
	*array_push(suspect->names, suspect->name_count) = below;
	while (!streq(above, owner->zone->name)) {
		above = name_parent(above);
		wildcard = xasprintf("*.%s", streq(above, ".") ? "" : above);
		/* Of an owner that is one itself only those above are. */
		if (streq(wildcard, owner->name))
			free(wildcard);
		else
			*array_push(suspect->names, suspect->name_count) =
				wildcard;
	}
	suspect->lookups = xcalloc(suspect->name_count, sizeof(struct lookup));
	for (size_t i = 0; i < suspect->name_count; i++)
		suspect->lookups[i] = (struct lookup){
			.name = suspect->names[i],
			.type = LDNS_RR_TYPE_TLSA,
			.flags = MESSAGE_DNSSEC,
			.server = primary->server->address,
			.key = primary->key,
		};
}

static void ask_all(struct world *world, const struct suspects *all)
{
	struct lookup **lookups = NULL;
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < all->items[i].name_count; k++)
			*array_push(lookups, n) = &all->items[i].lookups[k];
	lookups_ask_within(world, lookups, n, SURVEY_SIZE_MAX);
	free(lookups);
}

enum says { SAYS_NOTHING, SAYS_SAME, SAYS_OTHER, SAYS_NOT };

static enum says compare(const ldns_rr_list *records,
			 const struct tlsa_set *want)
{
	struct tlsa_set set = { 0 };
	enum says verdict = SAYS_NOTHING;

	if (ldns_rr_list_rr_count(records))
		verdict = records_take_set(&set, records) &&
			  tlsa_set_equal(&set, want) ? SAYS_SAME : SAYS_OTHER;
	tlsa_set_clear(&set);
	return verdict;
}

/* What the name at INDEX has, held against what the owner has. SAYS_NOT: no
 * good answer. */
static enum says says(const struct suspect *suspect, size_t index)
{
	const struct lookup *lookup = &suspect->lookups[index];
	ldns_pkt *packet = authoritative_packet(lookup);
	ldns_rr_list *records;
	enum says verdict;

	if (!packet)
		return lookup->reply && lookup->rcode == LDNS_RCODE_NXDOMAIN ?
		       SAYS_NOTHING : SAYS_NOT;
	records = message_records(packet, LDNS_SECTION_ANSWER,
				  suspect->names[index], LDNS_RR_TYPE_TLSA);
	verdict = compare(records, &suspect->owner->primary->set);
	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
	return verdict;
}

static void found_wildcard(const struct suspect *suspect, const char *wildcard)
{
	struct survey_owner *owner = suspect->owner;
	struct sighting *primary =
		&owner->sightings[owner->primary - owner->sightings];
	char *set = tlsa_set_format(&primary->set);

	sighting_found_proven(primary, SIGHTING_WILDCARD, xasprintf(
		"serves %s by the wildcard %s", set, wildcard));
	free(set);
}

/* WHY is taken over. */
static void found_doubt(struct suspect *suspect, char *why)
{
	free(suspect->owner->hidden);
	suspect->owner->hidden = xasprintf(
		"whether the TLSA records of %s are its own is not known: %s",
		suspect->owner->name, why);
	free(why);
}

/* The first of the names above that says VERDICT; NAME_COUNT: none does. */
static size_t find_above(const struct suspect *suspect, enum says verdict)
{
	size_t i = ABOVE;

	while (i < suspect->name_count && says(suspect, i) != verdict)
		i++;
	return i;
}

static void doubt_at(struct suspect *suspect, size_t index)
{
	char *failure = lookup_failure(&suspect->lookups[index]);

	found_doubt(suspect, xasprintf("%s: %s", suspect->names[index],
				       failure));
	free(failure);
}

/* The name below has a set, by a wildcard above the owner, which then does not
 * exist, or by one below it, by which it does. */
static void judge_given(struct suspect *suspect, bool same)
{
	size_t none = suspect->name_count;
	size_t giver = find_above(suspect, SAYS_SAME);
	size_t silent = find_above(suspect, SAYS_NOT);

	if (same && giver < none)
		found_wildcard(suspect, suspect->names[giver]);
	else if (silent < none)
		doubt_at(suspect, silent);
	else if (giver < none || find_above(suspect, SAYS_OTHER) < none)
		found_doubt(suspect, xstrdup("a wildcard gives names below it "
					     "others"));
}

static void judge(struct suspect *suspect)
{
	switch (says(suspect, BELOW)) {
	case SAYS_NOTHING:
		break;
	case SAYS_SAME:
		judge_given(suspect, true);
		break;
	case SAYS_OTHER:
		judge_given(suspect, false);
		break;
	case SAYS_NOT:
		doubt_at(suspect, BELOW);
		break;
	}
}

static void suspects_clear(struct suspects *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct suspect *suspect = &all->items[i];

		for (size_t k = 0; k < suspect->name_count; k++) {
			lookup_clear(&suspect->lookups[k]);
			free(suspect->names[k]);
		}
		free(suspect->lookups);
		free(suspect->names);
	}
	free(all->items);
}

void survey_find_wildcards(struct world *world, struct survey *survey,
			   const struct tlsa_set *ours)
{
	struct suspects all = { 0 };

	for (size_t i = 0; i < survey->count; i++)
		if (survey_may_be_given(&survey->owners[i], &ours[i]))
			suspect_add(world, &all, &survey->owners[i]);
	ask_all(world, &all);
	for (size_t i = 0; i < all.count; i++)
		judge(&all.items[i]);
	suspects_clear(&all);
}
