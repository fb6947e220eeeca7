/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "decide/owner.h"

#include <stdlib.h>

/* What the removal of a target waits for, and what it leaves behind. */

static char *undeleted(const struct action *action)
{
	char *server = report_server(action->sighting->server);
	const struct sighting *late = action->sighting;
	char *what = xasprintf("%s %s; the records are deleted at the primary, "
		"and this server has to follow before the links may lead to "
		"live; if it is gone for good, name it in `ignore` of its zone "
		"section", server, late->behind && late->serial_known ?
		"is behind the primary" : late->detail);
	char *text = report_owner(action->owner, what);

	free(what);
	free(server);
	return text;
}

/* What others put there, or others' needs. */
static char *left_text(const struct owner_facts *owner)
{
	bool blocked;
	struct tlsa_set leaving = owner_leaving(owner, &blocked);
	struct tlsa_set left = tlsa_set_copy(owner_primary_set(owner));
	char *text;

	tlsa_set_remove_all(&left, &leaving);
	text = left.count ? tlsa_set_format(&left) : NULL;
	tlsa_set_clear(&left);
	tlsa_set_clear(&leaving);
	return text;
}

static char *left_alone(const struct owner_facts *owner)
{
	char *left = left_text(owner), *what, *text;

	what = left ?
		xasprintf("without our records %s would be left, which does "
			  "not match what certbot makes from then on, so they "
			  "stay; delete or remove that as well, or take this "
			  "name out of `tlsa` if no service there presents the "
			  "certificate any more, or keep the records "
			  "(--keep-records)", left) :
		xstrdup("wildcard = \"allow\" is set, and without our records "
			"those of a wildcard may be seen again, which do not "
			"match; take that out of the configuration if there "
			"are none, or keep the records (--keep-records)");
	text = report_owner(owner, what);
	free(what);
	free(left);
	return text;
}

static char *left_files(const struct facts *facts)
{
	bool held = facts->links.place == LINKS_HELD;
	char until[TEXT_TIME_SIZE];

	if (!held && !(facts->links.files & PEM_BIT(PEM_COMBINED)))
		return xstrdup("");
	if (!held || !facts->shown)
		return xstrdup("; nobody renews combined.pem any more: have "
			       "its readers read live");
	text_time(facts->shown->not_after_seconds * 1000, until);
	return xasprintf("; its links lead to held files, which nobody renews, "
			 "valid until %s: before that have services read %s, "
			 "and see that TLSA records that were kept go, as by "
			 "init and another remove", until,
			 facts->live ? "live" : "another certificate");
}

static char *removed(const struct facts *facts)
{
	char *left = left_files(facts);
	char *text = xasprintf("delete its section from the configuration, or "
			       "begin anew with alnitak init %s%s",
			       facts->target->name, left);

	free(left);
	return text;
}

char *report_removal(const struct facts *facts, const struct action *action)
{
	if (action->reason == REASON_UNDELETED)
		return undeleted(action);
	if (action->reason == REASON_LEFT_ALONE)
		return left_alone(action->owner);
	return removed(facts);
}
