/* SPDX-License-Identifier: MIT */
#include "tell/explain.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>

static const char *text_of(const json_t *json, const char *field)
{
	const char *text = json_string_value(json_object_get(json, field));

	return text ? text : "-";
}

static int64_t number_of(const json_t *json, const char *field)
{
	return json_integer_value(json_object_get(json, field));
}

/* Takes over LINE. */
static void print_line(char *line)
{
	report_print_line(line);
	free(line);
}

/* ---- What caches may hold ---------------------------------------------- */

#define RECORD_SHOWN 16		/* octets of "3 1 1 HEX" that tell it apart */

/* Records cut short: "{3 1 1 0123456789..}", allocated. */
static char *set_text(const json_t *set)
{
	const json_t *record;
	char *text = xstrdup("{");
	size_t i;

	json_array_foreach(set, i, record) {
		char *before = text;

		text = xasprintf("%s%s%.*s..", before, i ? ", " : "",
				 RECORD_SHOWN, json_string_value(record));
		free(before);
	}
	return text;
}

static char *version_text(const json_t *version)
{
	const char *kind = text_of(version, "kind");
	char *set, *text;

	if (streq(kind, "unknown"))
		return xstrdup("what was served before it was looked at");
	if (streq(kind, "alias"))
		return xasprintf("an alias of %s", text_of(version, "alias"));
	if (!streq(kind, "set"))
		return xstrdup("a set of more than can be told apart");
	set = set_text(json_object_get(version, "set"));
	text = xasprintf("%s}", set);
	free(set);
	return text;
}

static bool is_still_served(const json_t *term)
{
	return json_is_true(json_object_get(term, "still"));
}

/* What it served; and then, or not yet, how long caches keep that. */
static char *term_text(const json_t *ledger, const json_t *term,
		       const char *what, int64_t now_ms)
{
	long long ttl = number_of(term, "ttl_seconds");
	long long margin = number_of(ledger, "margin_seconds");
	char last[TEXT_TIME_SIZE], *until, *text;

	text_time_local(number_of(term, "last_ms"), last);
	if (is_still_served(term))
		return xasprintf("still serves %s, as seen at %s: %lld s (TTL) "
				 "and %lld s (margin) after it does no more",
				 what, last, ttl, margin);
	until = text_when(number_of(term, "until_ms"), now_ms);
	text = xasprintf("served %s until %s; %lld s (TTL) and %lld s (margin) "
			 "after that: %s", what, last, ttl, margin, until);
	free(until);
	return text;
}

static void print_term(const json_t *ledger, const json_t *term,
		       int64_t now_ms)
{
	const json_t *version = json_array_get(
		json_object_get(ledger, "versions"),
		(size_t)number_of(term, "version"));
	char *what = version_text(version);
	char *text = term_text(ledger, term, what, now_ms);

	print_line(xasprintf("    %s %s", text_of(term, "address"), text));
	free(text);
	free(what);
}

static void print_publication(const json_t *ledger, int64_t now_ms)
{
	int64_t factor = number_of(ledger, "ttl_factor");
	int64_t ttl = number_of(ledger, "ttl_seconds");
	char *until = text_when(number_of(ledger, "publication_until_ms"),
				now_ms);
	char published[TEXT_TIME_SIZE];

	print_line(xasprintf("    the first address was rid of these at %s; "
		"%lld times %lld s (ttl_factor, the longest TTL) after that: "
		"%s", text_time_local(number_of(ledger, "publication_ms"),
				      published),
		(long long)factor, (long long)ttl, until));
	free(until);
}

/* What follows for WHAT, once nobody serves it any more. */
static void print_end(const json_t *ledger, const char *what, int64_t now_ms)
{
	const json_t *term;
	bool still = false;
	char *until;
	size_t i;

	json_array_foreach(json_object_get(ledger, "served"), i, term)
		still |= is_still_served(term);
	if (still) {
		print_line(xasprintf("    so nobody can tell yet from when on "
				     "no cache holds a %s", what));
		return;
	}
	print_publication(ledger, now_ms);
	until = text_when(number_of(ledger, "safe_ms"), now_ms);
	print_line(xasprintf("    so no cache holds a %s from then on: %s",
			     what, until));
	free(until);
}

static void print_ledger(const json_t *ledger, bool leaves, int64_t now_ms)
{
	const json_t *served = json_object_get(ledger, "served"), *term;
	bool is_others = streq(text_of(ledger, "of"), "others");
	size_t i;

	if (!json_array_size(served)) {
		if (!is_others)
			print_line(xasprintf("    no server is known to have "
				"served a %s", leaves ? "record" :
				"set without one"));
		return;
	}
	if (is_others)
		puts("    as another target has seen it:");
	json_array_foreach(served, i, term)
		print_term(ledger, term, now_ms);
	print_end(ledger, leaves ? "record" : "set without a match", now_ms);
}

static void print_owner(const json_t *owner, int64_t now_ms)
{
	bool leaves = json_is_true(json_object_get(owner, "leaving"));
	const json_t *record, *ledger;
	size_t i;

	print_line(xasprintf("  %s", text_of(owner, "owner")));
	if (leaves)
		puts("    once no cache has a record any certificate will do");
	json_array_foreach(json_object_get(owner, "matches"), i, record)
		print_line(xasprintf("    a match is %s",
				     json_string_value(record)));
	json_array_foreach(json_object_get(owner, "ledgers"), i, ledger)
		print_ledger(ledger, leaves, now_ms);
}

static void print_shed(const json_t *shed, int64_t now_ms)
{
	char from[TEXT_TIME_SIZE], grace[TEXT_TIME_SIZE];
	char linger[TEXT_TIME_SIZE], *until;

	if (!json_is_object(shed))
		return;
	until = text_when(number_of(shed, "until_ms"), now_ms);
	print_line(xasprintf("  services were %s the new certificate at %s; "
		"old records stay the longer of %s (the longest TTL) and %s "
		"(linger): until %s",
		json_is_true(json_object_get(shed, "seen")) ?
		"seen to present" : "told to load",
		text_time_local(number_of(shed, "from_ms"), from),
		text_duration(number_of(shed, "grace_ms"), grace),
		text_duration(number_of(shed, "linger_ms"), linger), until));
	free(until);
}

/* ---- The journal ------------------------------------------------------- */

/* " + 3 1 1 0123456789.. (accepted)", allocated. */
static char *changes_text(const json_t *changes)
{
	const json_t *change;
	char *text = xstrdup("");
	size_t i;

	json_array_foreach(changes, i, change) {
		char *add = set_text(json_object_get(change, "add"));
		char *remove = set_text(json_object_get(change, "remove"));
		const json_t *outcome = json_object_get(change, "outcome");
		char *before = text;

		text = xasprintf("%s; %s%s%s%s%s%s%s%s", before,
				 text_of(change, "owner"),
				 add[1] ? " + " : "", add + 1,
				 remove[1] ? " - " : "", remove + 1,
				 outcome ? " (" : "",
				 outcome ? text_of(change, "outcome") : "",
				 outcome ? ")" : "");
		free(before);
		free(remove);
		free(add);
	}
	return text;
}

/* The latest over all owners from which on no cache had a set without. */
static char *proof_text(const json_t *owners)
{
	int64_t safe_ms = INT64_MIN;
	const json_t *owner, *ledger;
	char when[TEXT_TIME_SIZE];
	size_t i, k;

	json_array_foreach(owners, i, owner)
		json_array_foreach(json_object_get(owner, "ledgers"), k,
				   ledger) {
			const json_t *safe = json_object_get(ledger,
							     "safe_ms");

			if (json_is_integer(safe) &&
			    json_integer_value(safe) > safe_ms)
				safe_ms = json_integer_value(safe);
		}
	return safe_ms == INT64_MIN ? xstrdup("") :
	       xasprintf("; none from %s on", text_time_local(safe_ms, when));
}

static void print_deed(const json_t *deed)
{
	const json_t *chain = json_object_get(deed, "certificate");
	char *changes = changes_text(json_object_get(deed, "changes"));
	char *proof = proof_text(json_object_get(deed, "owners"));
	char *what = json_is_object(chain) ?
		xasprintf(" %.8s", text_of(chain, "leaf")) : xstrdup("");
	char when[TEXT_TIME_SIZE];

	print_line(xasprintf("  %s  %s%s: %s%s%s",
			     text_time_local(number_of(deed, "ms"), when),
			     text_of(deed, "deed"), what, text_of(deed, "why"),
			     changes, proof));
	free(what);
	free(proof);
	free(changes);
}

void explain_print_caches(const json_t *explanation)
{
	int64_t now_ms = number_of(explanation, "ms");
	const json_t *owner;
	size_t i;

	json_array_foreach(json_object_get(explanation, "owners"), i, owner)
		print_owner(owner, now_ms);
	print_shed(json_object_get(explanation, "shed"), now_ms);
}

void explain_print(const json_t *explanation, size_t deeds_max)
{
	const json_t *journal = json_object_get(explanation, "journal");
	size_t count = json_array_size(journal);

	report_print_line(text_of(explanation, "line"));
	explain_print_caches(explanation);
	if (count)
		puts("journal:");
	for (size_t i = count > deeds_max ? count - deeds_max : 0; i < count;
	     i++)
		print_deed(json_array_get(journal, i));
}
