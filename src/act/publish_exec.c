/* SPDX-License-Identifier: MIT */
#include "act/publish_exec.h"

#include "act/exec.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "pass/turns.h"

#include <stdio.h>
#include <stdlib.h>

#define PROTOCOL_SIZE 16

/* ---- What a program is told ------------------------------------------- */

/* The port and so on of an owner that is no longer configured. The texts are
 * the caller's and live as long as SPEC. */
static bool spec_from_owner(const char *owner, char protocol[PROTOCOL_SIZE],
			    struct config_spec *spec)
{
	bool all = name_is_wildcard(owner);
	unsigned port = CONFIG_PORT_ANY;
	int end = 0, found;

	found = all ? sscanf(owner, "*._%15[a-z].%n", protocol, &end) :
		sscanf(owner, "_%5u._%15[a-z].%n", &port, protocol, &end) - 1;
	if (found != 1 || !end || !owner[end] || port > UINT16_MAX ||
	    all != (port == CONFIG_PORT_ANY))
		return false;
	spec->port = (uint16_t)port;
	spec->protocol = protocol;
	spec->host = unconst(owner + end);
	spec->owner = unconst(owner);
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
static char *live_hash(const struct promise *promise,
		       const struct tlsa *record)
{
	const struct chain *goal = facts_goal(&promise->target->facts);
	const struct change *change = promise->change;
	char *text, *hash = NULL;
	struct tlsa live;

	if (!goal || !tlsa_from_chain(goal, record->params, &live))
		return NULL;
	if (tlsa_set_contains(change->seen, &live) &&
	    !tlsa_set_contains(&change->remove, &live)) {
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

/* DETAIL as a message; a failure is told by who gets it. */
static char *judge(const struct source *source, struct promise *promise,
		   const struct exec_request *request,
		   struct standing *standing)
{
	const char *name = promise->target->config->name;

	if (has_failed(request->verdict)) {
		/* A program that never ran has published nothing. */
		if (request->verdict == EXEC_NOT_STARTED)
			promise_withdraw_record(promise, request->record);
		return xasprintf("%s: %s", name, request->detail);
	}
	if (request->operation == EXEC_PUBLISH &&
	    (request->verdict == EXEC_DONE || request->verdict == EXEC_ALREADY))
		standing_add(standing, promise->change->owner,
			     request->record);
	if (request->verdict == EXEC_DONE || source->calling->is_hook)
		log_info("%s: %s", name, request->detail);
	else
		log_verbose("%s: %s", name, request->detail);
	return NULL;
}

/* ---- One record ------------------------------------------------------- */

static bool was_asked(const struct target *target, const char *what)
{
	for (size_t i = 0; i < target->asked_count; i++)
		if (streq(target->asked[i], what))
			return true;
	return false;
}

/* Once in a pass, whatever it said, and as long as there is time. */
static bool may_ask(struct budget *budget, struct promise *promise,
		    struct exec_request *request)
{
	struct target *target = promise->target;
	char *text = tlsa_format(request->record);
	char *what = xasprintf("%d %s %s", request->operation,
			       promise->change->owner, text);

	free(text);
	if (!was_asked(target, what)) {
		request->timeout_ms = budget_program_ms(budget,
							EXEC_TIMEOUT_MS);
		target->is_late |= !request->timeout_ms;
	}
	if (request->timeout_ms)
		*array_push(target->asked, target->asked_count) = what;
	else
		free(what);
	return request->timeout_ms != 0;
}

/* All that a program is told, but for its record and time. */
static struct exec_request request_for(const struct source *source,
				       const struct promise *promise,
				       const struct config_spec *spec)
{
	const char *letsencrypt = source->config->letsencrypt_directory;
	const struct config_target *target = promise->target->config;

	return (struct exec_request){
		.target = target, .spec = spec,
		.zone = promise->change->zone->name,
		.renewed_domains = renewed_domains(&source->renewed,
						   letsencrypt, target->name),
		.letsencrypt_directory = letsencrypt,
	};
}

/* Asks for RECORD, or not where that was done before or the time is over.
 * NULL, or what failed. */
static char *ask(const struct source *source, struct budget *budget,
		 struct promise *promise, struct exec_request request,
		 struct standing *standing)
{
	struct moment begun;
	char *failure, *live = NULL;

	if (!may_ask(budget, promise, &request))
		return NULL;
	if (request.operation == EXEC_DELETE)
		live = live_hash(promise, request.record);
	request.live_hash = live;
	source->world->now(source->world, &begun);
	exec_run(source->world, &request);
	turns_note(promise->target, source->world, &begun);
	failure = judge(source, promise, &request, standing);
	free(request.detail);
	free(live);
	return failure;
}

static char *ask_all(const struct source *source, struct budget *budget,
		     struct promise *promise, struct exec_request *request,
		     struct standing *standing)
{
	const struct change *change = promise->change;
	char *failure = NULL;

	request->operation = EXEC_PUBLISH;
	for (size_t i = 0; i < change->add.count && !failure; i++) {
		request->record = &change->add.records[i];
		failure = ask(source, budget, promise, *request, standing);
	}
	request->operation = EXEC_DELETE;
	for (size_t i = 0; i < change->remove.count && !failure; i++) {
		request->record = &change->remove.records[i];
		failure = ask(source, budget, promise, *request, standing);
	}
	return failure;
}

void publish_exec(const struct source *source, struct budget *budget,
		  struct promise *promise, struct standing *standing)
{
	struct target *target = promise->target;
	const char *owner = promise->change->owner;
	char protocol[PROTOCOL_SIZE], *failure;
	struct config_spec spec = { 0 };
	struct exec_request request;

	if (!promise_is_for_program(promise) || !promise_holds(promise))
		return;
	if (spec_for(target->config, owner, protocol, &spec)) {
		request = request_for(source, promise, &spec);
		failure = ask_all(source, budget, promise, &request, standing);
	} else {
		failure = xasprintf("%s: %s is no _PORT._PROTOCOL.HOST that a "
				    "program could be told: delete its "
				    "records by hand", target->config->name,
				    owner);
	}
	target_sent(target, promise->change)->outcome =
		failure ? SENT_FAILED : SENT_ASKED;
	if (failure)
		target_fail(target, failure);
}
