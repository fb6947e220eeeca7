/* SPDX-License-Identifier: MIT */
#include "command/check_target.h"

#include "act/exec.h"
#include "act/reload.h"
#include "base/xalloc.h"
#include "command/check_live.h"
#include "command/check_owner.h"
#include "tell/alarm.h"
#include "tell/forecast_text.h"
#include "tell/report.h"

#include <stdlib.h>

#define WARNING_PART 4
#define CRITICAL_PART 8

static void add(struct checkup_section *section, bool ok, const char *subject,
		char *detail)
{
	checkup_add(section, ok ? CHECKUP_GOOD : CHECKUP_BAD, subject, detail);
}

/* ---- The certificate --------------------------------------------------- */

struct check_limits check_limits_for(const struct check_limits *limits,
				     int64_t lifetime_ms)
{
	return (struct check_limits){
		limits->warning_ms ? limits->warning_ms :
				     lifetime_ms / WARNING_PART,
		limits->critical_ms ? limits->critical_ms :
				      lifetime_ms / CRITICAL_PART,
	};
}

enum checkup_level check_level_left(const struct check_limits *limits,
				    int64_t left_ms)
{
	if (left_ms <= 0 || left_ms < limits->critical_ms)
		return CHECKUP_BAD;
	return left_ms < limits->warning_ms ? CHECKUP_WARNING : CHECKUP_GOOD;
}

void check_add_figure(struct checkup *checkup, const char *target,
		      const struct check_limits *limits, int64_t left_ms)
{
	char *label = xstrdup(target);

	checkup_add_figure(checkup, &(struct checkup_figure){
		label, left_ms / 1000, limits->warning_ms / 1000,
		limits->critical_ms / 1000, false });
	free(label);
}

static void check_unfit(struct checkup_section *section,
			const struct facts *facts)
{
	char *fault = fitness_text(facts->fitness, facts->unfit,
				   facts->released, facts->target,
				   facts->now_ms);

	add(section, false, "certificate",
	    xasprintf("live shows version %u, which %s", facts->live_number,
		      fault));
	free(fault);
}

/* "expires DATE, in TIME", or "expired DATE"; allocated. */
static char *expiry_text(int64_t expires_ms, int64_t now_ms)
{
	char when[TEXT_TIME_SIZE], left[TEXT_TIME_SIZE];

	text_time(expires_ms, when);
	if (expires_ms <= now_ms)
		return xasprintf("expired %s", when);
	return xasprintf("expires %s, in %s", when,
			 text_duration(expires_ms - now_ms, left));
}

static bool is_live(const struct facts *facts)
{
	return facts->live && chain_is(facts->live, &facts->state->released);
}

static const char *lateness_remedy(const struct facts *facts,
				   enum checkup_level level)
{
	if (level < CHECKUP_WARNING)
		return "";
	if (is_live(facts))
		return "; certbot has not renewed it: see certbot's log, and "
		       "that its timer is enabled (systemctl list-timers)";
	return "; the next one waits for its turn: alnitak explain says why";
}

/* The one in service; where live shows another, that has its line before. */
static void check_released(struct checkup *checkup,
			   struct checkup_section *section,
			   const struct facts *facts,
			   const struct check_limits *limits)
{
	const struct chain *chain = facts->released;
	int64_t expires_ms = chain->not_after_seconds * 1000;
	int64_t lifetime_ms = expires_ms - chain->not_before_seconds * 1000;
	int64_t left_ms = expires_ms - facts->now_ms;
	struct check_limits own = check_limits_for(limits, lifetime_ms);
	enum checkup_level level = check_level_left(&own, left_ms);
	char *expiry = expiry_text(expires_ms, facts->now_ms);

	check_add_figure(checkup, facts->target->name, &own, left_ms);
	if (is_live(facts))
		checkup_add(section, level, "certificate",
			    xasprintf("version %u, %s%s", facts->live_number,
				      expiry, lateness_remedy(facts, level)));
	else
		checkup_add(section, level, "certificate in service",
			    xasprintf("%s%s", expiry,
				      lateness_remedy(facts, level)));
	checkup_mark_untold(section, section->count - 1);
	free(expiry);
}

static void check_next(struct checkup_section *section,
		       const struct facts *facts)
{
	int64_t expires_ms = facts->live->not_after_seconds * 1000;
	char *expiry = expiry_text(expires_ms, facts->now_ms);

	add(section, expires_ms > facts->now_ms, "certificate",
	    xasprintf("version %u, %s", facts->live_number, expiry));
	free(expiry);
}

static void check_certificate(struct checkup *checkup,
			      struct checkup_section *section,
			      const struct facts *facts,
			      const struct check_limits *limits)
{
	if (facts->unfit)
		check_unfit(section, facts);
	else if (!facts->live)
		add(section, false, "certificate", xasprintf("%s%s%s",
			version_error_text(facts->live_error),
			facts->live_detail ? ": " : "",
			facts->live_detail ? facts->live_detail : ""));
	else if (!facts->released || !is_live(facts))
		check_next(section, facts);
	if (facts->released)
		check_released(checkup, section, facts, limits);
}

static enum checkup_level forecast_level(enum forecast_verdict verdict)
{
	switch (verdict) {
	case FORECAST_FITS:
		return CHECKUP_GOOD;
	case FORECAST_OVERLAPS:
		return CHECKUP_WARNING;
	case FORECAST_TOO_LATE:
		break;
	}
	return CHECKUP_BAD;
}

/* Whether renewals come early enough, before one does not. */
static void check_forecast(struct checkup_section *section,
			   const struct facts *facts)
{
	struct forecast_terms terms;
	struct forecast forecast;

	if (!forecast_terms_find(facts, false, FORECAST_TIMER_MS, &terms))
		return;
	forecast = forecast_reckon(&terms);
	checkup_add(section, forecast_level(forecast.verdict), "time",
		    forecast_text(&terms, &forecast));
}

/* ---- Links and services ------------------------------------------------ */

static void check_links(struct checkup_section *section,
			const struct facts *facts)
{
	bool ok = facts->released && facts->shown &&
		  fingerprint_equal(&facts->shown->version,
				    &facts->released->version);

	add(section, ok, "links", xstrdup(ok ?
	    "they show the certificate that the services shall present" :
	    "they do not show the certificate that the services shall "
	    "present; run alnitak"));
}

/* Not seen is not good. It is bad where nobody said what else to go by. */
static void check_unseen(struct checkup_section *section,
			 const struct target *target)
{
	const struct config_target *config = target->config;
	char *unprobed = config_unprobed(config);
	char *detail = xasprintf("not probed: %s", unprobed ? unprobed :
				 "there is nothing to be proven yet");
	bool bad = unprobed && !config->linger_given &&
		   config->probe != CONFIG_PROBE_OFF;

	checkup_add(section, bad ? CHECKUP_BAD : CHECKUP_NOTE, "services",
		    detail);
	free(unprobed);
}

static void check_services(struct checkup_section *section,
			   const struct source *source,
			   const struct target *target)
{
	switch (target->probe) {
	case PROBE_NOT_ASKED:
	case PROBE_UNSEEN:
		check_unseen(section, target);
		return;
	case PROBE_SAW_NEW:
		add(section, true, "services",
		    xstrdup("every one presents the certificate"));
		return;
	case PROBE_NO_ANSWER:
		add(section, false, "services", xstrdup(target->probe_detail));
		return;
	case PROBE_SAW_OLD:
	case PROBE_SAW_NEXT:
	case PROBE_SAW_OTHER:
		add(section, false, "services", xasprintf(
			"%s; let it load the files in %s/%s, and reload it",
			target->probe_detail, source->places.dane_path,
			target->config->name));
		return;
	}
}

/* What others can change, or nobody can run, is not started. */
static char *program_fault(struct world *world, const char *path,
			   const char *user)
{
	char *fault = exec_fault(world, path, user);
	struct file_info info;

	if (fault)
		return fault;
	if (world->file_info(world, WORLD_CWD, path, true, &info) == 0 &&
	    info.kind == FILE_REGULAR && (info.mode & 0111))
		return NULL;
	return xstrdup("is not there, or no file that can be executed; put it "
		       "there, mode 0755");
}

static void check_programs(struct checkup_section *section,
			   struct world *world,
			   const struct config_target *config)
{
	char *fault = config->reload ? reload_fault(world, config->reload) :
				       NULL;

	if (fault)
		add(section, false, "reload",
		    xasprintf("\"%s\": %s", config->reload, fault));
	free(fault);
	if (config->api != API_EXEC)
		return;
	fault = program_fault(world, config->exec_arguments[0],
			      config->exec_user);
	if (fault)
		add(section, false, "program", xasprintf("%s: %s",
		    config->exec_arguments[0], fault));
	free(fault);
}

/* What the last run left standing, gone since or not. */
static void check_alarm(struct checkup_section *section,
			const struct alarm_note *alarm)
{
	if (alarm->text)
		add(section, false, "alarm", alarm_line(alarm));
}

/* ---- All of it --------------------------------------------------------- */

void check_target(struct checkup *checkup, const struct pass *pass,
		  const struct target *target, const struct trials *trials,
		  const struct check_limits *limits)
{
	struct checkup_section *section =
		checkup_begin(checkup, target->config->name);

	if (target->damage) {
		add(section, false, "state", xstrdup(target->damage));
		return;
	}
	if (target->state->removal == REMOVAL_DONE) {
		add(section, true, "state", report_detail(&target->facts,
			&(struct action){ .reason = REASON_REMOVED }));
		return;
	}
	if (!target->state->has_released)
		add(section, false, "state",
		    xstrdup("not managed yet; run alnitak init"));
	check_certificate(checkup, section, &target->facts, limits);
	check_forecast(section, &target->facts);
	check_links(section, &target->facts);
	check_owners(section, &target->facts, trials);
	check_services(section, &pass->source, target);
	check_programs(section, pass->source.world, target->config);
	check_live(section, pass->source.world, "/etc", pass->source.config,
		   target->config);
	check_alarm(section, &target->state->alarm);
}

void check_stray(struct checkup *checkup, const struct stray *stray)
{
	struct checkup_section *section =
		checkup_begin(checkup, stray->state->target);

	add(section, false, "configuration", xstrdup(stray->line));
	check_alarm(section, &stray->state->alarm);
}
