/* SPDX-License-Identifier: MIT */
#include "act/publish_exec.h"

#include "act/exec.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "decide/exec_order.h"

#include <stdio.h>
#include <stdlib.h>

#define PROTOCOL_SIZE 16

/* ---- In which order --------------------------------------------------- */

static char *blocked_line(const struct run_target *target,
			  const struct owner_facts *owner, const char *verb,
			  const struct tlsa_set *set)
{
	char *records = tlsa_set_format(set);
	char *line = xasprintf("%s: %s: a program changes one record at a "
		"time, and in no order would every certificate in service "
		"keep its match: %s %s by hand, in one change",
		target->config->name, owner->owner, verb, records);

	free(records);
	return line;
}

static void keep_only(struct tlsa_set *set, struct tlsa_set now)
{
	tlsa_set_clear(set);
	*set = now;
}

char *publish_exec_order(const struct run_target *target,
			 const struct owner_facts *owner,
			 struct tlsa_set *add, struct tlsa_set *remove)
{
	struct chain *const *chains = target->facts.presented;
	size_t n = target->facts.presented_count;
	struct tlsa_set to_add, to_remove;
	bool blocked;

	to_add = exec_order_add(owner, add, chains, n, &blocked);
	if (blocked && to_add.count == 0)
		return blocked_line(target, owner, "publish", add);
	to_remove = exec_order_remove(owner, remove, chains, n, &blocked);
	if (blocked && to_remove.count == 0) {
		tlsa_set_clear(&to_add);
		return blocked_line(target, owner, "delete", remove);
	}
	keep_only(add, to_add);
	keep_only(remove, to_remove);
	return NULL;
}

/* ---- What a program is told ------------------------------------------- */

/* The port and so on of an owner that is no longer configured. The texts are
 * the caller's and live as long as SPEC. */
static bool spec_from_owner(const char *owner, char protocol[PROTOCOL_SIZE],
			    struct config_spec *spec)
{
	unsigned port;
	int end = 0;

	if (sscanf(owner, "_%5u._%15[a-z].%n", &port, protocol, &end) != 2 ||
	    !end || !owner[end] || port > UINT16_MAX)
		return false;
	spec->port = (uint16_t)port;
	spec->protocol = protocol;
	spec->host = (char *)owner + end;
	return true;
}

static bool spec_for(const struct config_target *target, const char *owner,
		     char protocol[PROTOCOL_SIZE], struct config_spec *spec)
{
	for (size_t i = 0; i < target->spec_count; i++)
		if (streq(target->specs[i].owner, owner)) {
			*spec = target->specs[i];
			return true;
		}
	return spec_from_owner(owner, protocol, spec);
}

/* The data of the record that the certificate wanted in service has in the
 * combination of RECORD, where it is served and stays; else NULL. */
static char *live_hash(const struct run_target *target,
		       const struct owner_facts *owner,
		       const struct tlsa_set *remove,
		       const struct tlsa *record)
{
	const struct chain *goal = facts_goal(&target->facts);
	char *text, *hash = NULL;
	struct tlsa live;

	if (!goal || !tlsa_from_chain(goal, record->params, &live))
		return NULL;
	if (tlsa_set_contains(owner_primary_set(owner), &live) &&
	    !tlsa_set_contains(remove, &live)) {
		text = tlsa_format(&live);
		hash = xstrdup(strrchr(text, ' ') + 1);
		free(text);
	}
	tlsa_clear(&live);
	return hash;
}

/* ---- What it says ----------------------------------------------------- */

static bool has_failed(enum exec_verdict verdict)
{
	switch (verdict) {
	case EXEC_DONE:
	case EXEC_ALREADY:
	case EXEC_NOT_YET:
	case EXEC_SOFT_ERROR:
		return false;
	case EXEC_ERROR:
	case EXEC_TIMEOUT:
	case EXEC_NOT_STARTED:
		return true;
	}
	return true;
}

/* A program that never ran has published nothing: no promise is needed. */
static void withdraw(struct run_target *target,
		     const struct owner_facts *owner,
		     const struct exec_request *request)
{
	if (request->verdict != EXEC_NOT_STARTED ||
	    request->operation != EXEC_PUBLISH ||
	    tlsa_set_contains(owner_primary_set(owner), request->record) ||
	    tlsa_set_contains(&owner->published, request->record))
		return;
	state_remove_published(target->state, owner->owner, request->record);
	target->unsaved = true;
}

/* DETAIL as a message; a failure is told by who gets it. */
static char *judge(struct run *run, struct run_target *target,
		   const struct owner_facts *owner,
		   const struct exec_request *request)
{
	const char *name = target->config->name;

	if (has_failed(request->verdict)) {
		withdraw(target, owner, request);
		return xasprintf("%s: %s", name, request->detail);
	}
	if (request->operation == EXEC_PUBLISH &&
	    (request->verdict == EXEC_DONE || request->verdict == EXEC_ALREADY))
		run_note_standing(run, owner->owner, request->record);
	if (request->verdict == EXEC_DONE || run->repeat_alarms)
		log_info("%s: %s", name, request->detail);
	else
		log_verbose("%s: %s", name, request->detail);
	return NULL;
}

/* ---- One record ------------------------------------------------------- */

/* Once in a pass, whatever it said. */
static bool asked_before(struct run_target *target,
			 const struct owner_facts *owner,
			 enum exec_operation operation,
			 const struct tlsa *record)
{
	char *text = tlsa_format(record);
	char *what = xasprintf("%d %s %s", operation, owner->owner, text);

	free(text);
	for (size_t i = 0; i < target->asked_count; i++)
		if (streq(target->asked[i], what)) {
			free(what);
			return true;
		}
	*array_push(target->asked, target->asked_count) = what;
	return false;
}

static char *ask(struct run *run, struct run_target *target,
		 const struct owner_facts *owner, const char *live,
		 enum exec_operation operation, const struct tlsa *record)
{
	const char *letsencrypt = run->source.config->letsencrypt_directory;
	char protocol[PROTOCOL_SIZE], *failure;
	struct config_spec spec = { 0 };
	struct exec_request request = {
		.target = target->config, .operation = operation,
		.record = record, .spec = &spec,
		.zone = owner->seen->zone->name, .live_hash = live,
		.renewed_domains = renewed_domains(&run->renewed, letsencrypt,
						   target->config->name),
		.letsencrypt_directory = letsencrypt,
		.timeout_ms = run_program_ms(run),
	};

	if (!spec_for(target->config, owner->owner, protocol, &spec))
		return xasprintf("%s: %s is no _PORT._PROTOCOL.HOST that a "
				 "program could be told: delete its records "
				 "by hand", target->config->name,
				 owner->owner);
	exec_run(run->source.world, &request);
	failure = judge(run, target, owner, &request);
	free(request.detail);
	return failure;
}

char *publish_exec(struct run *run, struct run_target *target,
		   const struct owner_facts *owner, const struct tlsa_set *add,
		   const struct tlsa_set *remove)
{
	char *failure = NULL, *live;

	for (size_t i = 0; i < add->count && !failure; i++)
		if (run_program_ms(run) &&
		    !asked_before(target, owner, EXEC_PUBLISH,
				  &add->records[i]))
			failure = ask(run, target, owner, NULL, EXEC_PUBLISH,
				      &add->records[i]);
	for (size_t i = 0; i < remove->count && !failure; i++) {
		const struct tlsa *record = &remove->records[i];

		if (!run_program_ms(run) ||
		    asked_before(target, owner, EXEC_DELETE, record))
			continue;
		live = live_hash(target, owner, remove, record);
		failure = ask(run, target, owner, live, EXEC_DELETE, record);
		free(live);
	}
	return failure;
}
