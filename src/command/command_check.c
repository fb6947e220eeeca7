/* SPDX-License-Identifier: MIT */
#include "command/names.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "decide/fitness.h"
#include "decide/owner.h"
#include "dns/resolver.h"
#include "run/run.h"
#include "state/text_json.h"
#include "tell/alarm.h"
#include "tell/document.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>

/* What was found, in the order a client meets it. */
struct findings {
	json_t *list;		/* {subject, ok, detail} */
	bool all_good;
};

static void find(struct findings *findings, const char *subject, bool ok,
		 char *detail)
{
	json_array_append_new(findings->list, json_pack(
		"{s:o, s:b, s:o}", "subject", text_json(subject), "ok", ok,
		"detail", text_json(detail)));
	findings->all_good &= ok;
	free(detail);
}

/* What nobody looked at is neither good nor bad: "ok" is null. */
static void find_unknown(struct findings *findings, const char *subject,
			 char *detail)
{
	json_array_append_new(findings->list, json_pack(
		"{s:o, s:n, s:o}", "subject", text_json(subject), "ok",
		"detail", text_json(detail)));
	free(detail);
}

static void check_unfit(struct findings *findings, const struct facts *facts)
{
	char *fault = fitness_text(facts->fitness, facts->unfit,
				   facts->released, facts->target,
				   facts->now_ms);

	find(findings, "certificate", false,
	     xasprintf("live shows version %u, which %s", facts->live_number,
		       fault));
	free(fault);
}

static void check_certificate(struct findings *findings,
			      const struct facts *facts)
{
	char when[TEXT_TIME_SIZE];
	int64_t expires_ms;

	if (facts->unfit) {
		check_unfit(findings, facts);
		return;
	}
	if (!facts->live) {
		find(findings, "certificate", false, xasprintf("%s%s%s",
			version_error_text(facts->live_error),
			facts->live_detail ? ": " : "",
			facts->live_detail ? facts->live_detail : ""));
		return;
	}
	expires_ms = facts->live->not_after_seconds * 1000;
	find(findings, "certificate", expires_ms > facts->now_ms,
	     xasprintf("version %u, expires %s", facts->live_number,
		       text_time(expires_ms, when)));
}

static void check_links(struct findings *findings, const struct facts *facts)
{
	bool ok = facts->released && facts->shown &&
		  fingerprint_equal(&facts->shown->version,
				    &facts->released->version);

	find(findings, "links", ok, xstrdup(ok ?
	     "they show the certificate that the services shall present" :
	     "they do not show the certificate that the services shall "
	     "present; run alnitak"));
}

static char *zone_text(const struct zone *zone)
{
	if (zone->resolver_is_local)
		return xasprintf("%s: %zu addresses, secure", zone->name,
				 zone->server_count);
	return xasprintf("%s: %zu addresses, secure if the resolver and the "
			 "way to it can be trusted: it is not on this host",
			 zone->name, zone->server_count);
}

static bool check_zone(struct findings *findings,
		       const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	const struct zone *zone = seen->zone;
	char *label = owner_label(owner->owner, owner->via);

	if (zone && (zone->error == ZONE_OK ||
		     (owner->alias && zone->error == ZONE_NO_PRIMARY))) {
		find(findings, label, true, owner->alias ?
		     xasprintf("alias of %s", owner->alias) :
		     zone_text(zone));
		free(label);
		return true;
	}
	find(findings, label, false, xstrdup(seen->detail ?
	     seen->detail : zone && zone->detail ? zone->detail :
	     "its name servers are not known"));
	free(label);
	return false;
}

/* Another address of the primary is used: this one is not needed. */
static bool is_spare(const struct owner_facts *owner,
		     const struct sighting *sighting)
{
	const struct sighting *primary = owner->seen->primary;

	return sighting_is_hidden(sighting) && sighting != primary &&
	       primary && sighting_is_useful(primary);
}

static void check_server(struct findings *findings, const struct facts *facts,
			 const struct owner_facts *owner,
			 const struct sighting *sighting)
{
	char address[ADDRESS_TEXT_MAX];
	char *subject = xasprintf("%s at %s %s", owner->owner,
		address_format(&sighting->server->address, address),
		sighting->server->name ? sighting->server->name : "");
	bool ok = facts->released &&
		  sighting_confirms(owner, sighting, facts->released,
				    facts->now_ms);
	char *serial = ok ? xstrdup("") : report_serial(owner, sighting);

	if (!ok && is_spare(owner, sighting))
		find_unknown(findings, subject, xasprintf(
			"%s: a primary that is not needed, for another "
			"answers", sighting->detail));
	else
		find(findings, subject, ok, xasprintf("%s%s%s%s",
			sighting->detail, serial,
			ok ? "" : report_behind(facts, owner, sighting),
			ok ? "" : report_wavers(owner, sighting)));
	free(serial);
	if (sighting->set.count > TLSA_PER_SET_GOOD)
		find(findings, subject, true, xasprintf("%zu records: with "
		     "more than %d some validators fail; delete what nobody "
		     "needs", sighting->set.count, TLSA_PER_SET_GOOD));
	free(subject);
}

/* Named all the same, for nobody waits for what they serve. */
static void check_ignored(struct findings *findings,
			  const struct owner_facts *owner)
{
	const struct zone *zone = owner->seen->zone;

	for (size_t i = 0; i < zone->server_count; i++) {
		const struct zone_server *server = &zone->servers[i];
		char address[ADDRESS_TEXT_MAX];
		char *subject;

		if (!server->ignored)
			continue;
		subject = xasprintf("%s at %s %s", owner->owner,
			address_format(&server->address, address),
			server->name ? server->name : "");
		find(findings, subject, true,
		     xstrdup("not asked: `ignore` names it; clients that ask "
			     "it may get anything"));
		free(subject);
	}
}

/* What was not looked at out there is neither good nor bad. */
static void check_outside(struct findings *findings, const struct facts *facts,
			  const struct owner_facts *owner)
{
	for (size_t i = 0; owner->outside && facts->released &&
	     i < owner->outside->count; i++) {
		const struct outside_answer *answer =
			&owner->outside->answers[i];
		char address[ADDRESS_TEXT_MAX];
		char *subject = xasprintf("%s at %s (outside)", owner->owner,
			address_format(&answer->address, address));
		enum outside_view view;
		char *text = report_outside_answer(owner, answer,
						   facts->released, &view);

		if (view == OUTSIDE_SILENT)
			find_unknown(findings, subject, text);
		else
			find(findings, subject, view == OUTSIDE_AGREES, text);
		free(subject);
	}
}

static void check_owners(struct findings *findings, const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		if (!owner->seen || (!owner->param_count && !owner->alias) ||
		    !check_zone(findings, owner))
			continue;
		for (size_t k = 0; k < owner->seen->count; k++)
			check_server(findings, facts, owner,
				     &owner->seen->sightings[k]);
		check_ignored(findings, owner);
		check_outside(findings, facts, owner);
	}
}

/* Not seen is not good. It is bad where nobody said what else to go by. */
static void check_unseen(struct findings *findings,
			 const struct target *target)
{
	const struct config_target *config = target->config;
	char *unprobed = config_unprobed(config);
	char *detail = xasprintf("not probed: %s", unprobed ? unprobed :
				 "there is nothing to be proven yet");

	if (unprobed && !config->linger_given &&
	    config->probe != CONFIG_PROBE_OFF)
		find(findings, "services", false, detail);
	else
		find_unknown(findings, "services", detail);
	free(unprobed);
}

static void check_services(struct findings *findings,
			   const struct target *target)
{
	switch (target->probe) {
	case PROBE_NOT_ASKED:
	case PROBE_UNSEEN:
		check_unseen(findings, target);
		return;
	case PROBE_SAW_NEW:
		find(findings, "services", true,
		     xstrdup("every one presents the certificate"));
		return;
	case PROBE_NO_ANSWER:
	case PROBE_SAW_OLD:
	case PROBE_SAW_NEXT:
	case PROBE_SAW_OTHER:
		find(findings, "services", false,
		     xstrdup(target->probe_detail));
		return;
	}
}

/* What the last run left standing, gone since or not. */
static void check_alarm(struct findings *findings,
			const struct alarm_note *alarm)
{
	if (alarm->text)
		find(findings, "alarm", false, alarm_line(alarm));
}

static void check_target(struct findings *findings,
			 const struct target *target)
{
	if (target->damage) {
		find(findings, "state", false, xstrdup(target->damage));
		return;
	}
	if (!target->state->has_released)
		find(findings, "state", false,
		     xstrdup("not managed yet; run alnitak init"));
	check_alarm(findings, &target->state->alarm);
	check_certificate(findings, &target->facts);
	check_links(findings, &target->facts);
	check_owners(findings, &target->facts);
	check_services(findings, target);
}

static const char *ok_word(const json_t *ok)
{
	if (json_is_null(ok))
		return "----";
	return json_is_true(ok) ? "good" : "BAD ";
}

static void print_findings(const char *name, const json_t *list)
{
	const json_t *finding;
	size_t i;

	printf("%s\n", name);
	json_array_foreach(list, i, finding) {
		printf("  %s  ", ok_word(json_object_get(finding, "ok")));
		printf("%s: ", json_string_value(json_object_get(finding,
								 "subject")));
		report_print_line(json_string_value(json_object_get(finding,
								   "detail")));
	}
}

/* What was found about NAME, into ALL; it is printed unless JSON is wanted. */
static bool report_one(const struct options *options, const char *name,
		       const struct findings *findings, json_t *all)
{
	if (!options->json)
		print_findings(name, findings->list);
	json_array_append_new(all, json_pack("{s:o, s:o}",
		"target", text_json(name), "findings", findings->list));
	return findings->all_good;
}

static bool report_stray(const struct options *options,
			 const struct stray *stray, json_t *all)
{
	struct findings findings = { json_array(), true };

	if (!stray->line || options->argument_count) {
		json_decref(findings.list);
		return true;
	}
	find(&findings, "configuration", false, xstrdup(stray->line));
	check_alarm(&findings, &stray->state->alarm);
	return report_one(options, stray->state->target, &findings, all);
}

/* Takes over TARGETS. */
static bool print_json(struct world *world, json_t *targets)
{
	struct moment now;
	json_t *document;
	bool written;

	world->now(world, &now);
	document = json_pack("{s:i, s:o, s:o, s:o}",
			     "schema", DOCUMENT_SCHEMA,
			     "time", document_time(now.wall_ms),
			     "ms", document_ms(now.wall_ms),
			     "targets", targets);
	written = document_print(document, "check");
	json_decref(document);
	return written;
}

static enum exit_status report_all(struct pass *pass,
				   const struct options *options)
{
	json_t *all = json_array();
	bool all_good = true;

	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];
		struct findings findings;

		if (!names_ask_for(options, target->config->name))
			continue;
		findings = (struct findings){ json_array(), true };
		check_target(&findings, target);
		all_good &= report_one(options, target->config->name,
				       &findings, all);
	}
	for (size_t i = 0; i < pass->strays.count; i++)
		all_good &= report_stray(options, &pass->strays.items[i], all);
	if (options->json)
		all_good &= print_json(pass->source.world, all);
	else
		json_decref(all);
	return all_good ? EXIT_DONE : EXIT_FAILED;
}

static void warn_of_resolvers(struct world *world,
			      const struct config *config)
{
	char *warning = resolvers_warning(world, config);

	if (warning)
		log_warning("%s", warning);
	free(warning);
}

enum exit_status command_check(struct world *world,
			       const struct config *config,
			       const struct options *options)
{
	enum exit_status status;
	struct pass pass;

	if (!names_are_known(config, options))
		return EXIT_USAGE;
	status = run_open(&pass, world, config, &options->command->calling,
			  RUN_PLAIN);
	if (status == EXIT_DONE) {
		warn_of_resolvers(world, config);
		run_look(&pass);
		status = report_all(&pass, options);
	}
	run_close(&pass);
	return status;
}
