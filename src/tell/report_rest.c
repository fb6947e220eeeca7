/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "decide/owner.h"

#include <stdlib.h>

/* What is not as it should be, though no server is late and no cache is waited
 * for: what certbot shows, and what services and signatures do. */

char *report_unfit(const struct facts *facts)
{
	char hex[FINGERPRINT_TEXT_SIZE], when[TEXT_TIME_SIZE];
	char *fault = fitness_text(facts->fitness, facts->unfit,
				   facts->released, facts->target,
				   facts->now_ms);
	char *text = xasprintf("live shows version %u (%.8s..), which %s; the "
		"one in service is valid until %s; the links stay; renew it, "
		"or lead live back", facts->live_number,
		fingerprint_format(&facts->unfit->leaf, hex), fault,
		facts->released ?
		text_time(facts->released->not_after_seconds * 1000, when) :
		"?");

	free(fault);
	return text;
}

/* What nothing is published on account of. */
static char *nothing_yet(const struct owner_facts *owner, const char *why)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	char *what = xasprintf("nothing is published yet%s: %s", served &&
			       served->count ? " that begins a combination" :
			       "", why);
	char *text = report_owner(owner, what);

	free(what);
	return text;
}

/* One that was seen before, and is silent now or gone. */
static char *remembered(const struct stranger *seen)
{
	char when[TEXT_TIME_SIZE];

	return xasprintf("%s, at %s and nothing of ours since (an address that "
			 "is gone is forgotten after an hour)", seen->what,
			 text_time(seen->ms, when));
}

static char *about_stranger(const struct facts *facts)
{
	const struct stranger *seen =
		strangers_find_seen(&facts->state->strangers);
	char *who = seen && facts->probe != PROBE_SAW_OTHER ?
		    remembered(seen) : xstrdup(facts->probe_detail);
	char *why = xasprintf("%s; that is none of ours, and with a record of "
			      "ours its clients would fail; let it use the "
			      "links, publish its record too, or set "
			      "strangers = yes", who);

	free(who);
	return why;
}

static char *about_silence(const struct facts *facts)
{
	const struct stranger *silent =
		strangers_find_silent(&facts->state->strangers);

	return xasprintf("%s; who presents none of ours there would lose its "
			 "clients with a record of ours; start the service, "
			 "take that address from the host, let `probe` list "
			 "what can be reached, or set strangers = yes",
			 silent->what);
}

/* Who presents B too early does not read our links; who presents something
 * else, neither. */
static char *about_astray(const struct facts *facts)
{
	return xasprintf("%s%s; it does not load the files in the dane "
		"directory; clients may fail until it does: let it use the "
		"links, and reload it", facts->probe_detail,
		facts->probe == PROBE_SAW_NEXT ?
		", which is not released yet" : "");
}

char *report_services(const struct facts *facts, const struct action *action)
{
	char *why, *text;

	if (action->reason == REASON_ASTRAY)
		return about_astray(facts);
	why = action->reason == REASON_STRANGER ?
	      about_stranger(facts) : about_silence(facts);
	text = nothing_yet(action->owner, why);

	free(why);
	return text;
}

char *report_unproven(const struct facts *facts)
{
	const char *seen = facts->probe_detail ? facts->probe_detail : "";

	return facts->probe == PROBE_SAW_OLD ?
		xasprintf("%s; the old records stay until it does: reload it, "
			  "and let `reload` do that", seen) : xstrdup(seen);
}

char *report_locked_out(const struct action *action)
{
	if (action->step == STEP_WAIT)
		return xstrdup("caches may hold the records of before, which "
			       "have no match for this certificate; a service "
			       "that is not in use yet shall wait as well");
	return xstrdup("somebody changed the records, and none of them "
		"matched the certificate in service; ours are published "
		"again, but clients may fail until caches have let go of the "
		"others");
}

char *report_signature(const struct action *action)
{
	const struct sighting *late = action->sighting;
	char *server = report_server(late->server), *what, *text;
	char when[TEXT_TIME_SIZE];

	what = xasprintf("the signature that %s serves ends at %s, and nobody "
			 "has renewed it; see to whatever signs the zone",
			 server, text_time(late->signature_expires_seconds *
					   1000, when));
	text = report_owner(action->owner, what);
	free(what);
	free(server);
	return text;
}

static const struct ledger_address *address_of(const struct ledger *ledger,
					       const struct sighting *sighting)
{
	for (size_t i = 0; ledger && sighting && i < ledger->address_count; i++)
		if (address_equal(&ledger->addresses[i].address,
				  &sighting->server->address))
			return &ledger->addresses[i];
	return NULL;
}

const char *report_wavers(const struct owner_facts *owner,
			  const struct sighting *sighting)
{
	const struct ledger_address *at = address_of(owner->ledger, sighting);
	const struct ledger_address *primary =
		address_of(owner->ledger, owner->seen->primary);

	if (!at || !at->wavers || (primary && primary != at && primary->wavers))
		return "";
	return "; it has shown a later state of the zone before: several "
	       "machines seem to answer at this address, and not all are up "
	       "to date";
}

char *report_server(const struct zone_server *server)
{
	char text[ADDRESS_TEXT_MAX];

	address_format(&server->address, text);
	return server->name ? xasprintf("%s %s", server->name, text) :
			      xstrdup(text);
}

char *report_owner(const struct owner_facts *owner, const char *what)
{
	char *label = owner_label(owner->owner, owner->via);
	char *text = xasprintf("%s: %s", label, what);

	free(label);
	return text;
}
