/* SPDX-License-Identifier: MIT */
#include "tell/metrics.h"

#include "base/xalloc.h"
#include "tell/alarm.h"
#include "tell/report.h"

#include <inttypes.h>
#include <stdio.h>

/* Labels are UTF-8, in which these three are escaped. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', out);
		if (*value == '\n')
			fputs("\\n", out);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static void put_head(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_seconds(FILE *out, int64_t time_ms)
{
	fprintf(out, " %" PRId64 ".%03d\n", time_ms / 1000,
		(int)(time_ms % 1000));
}

/* ---- Of one target ----------------------------------------------------- */

/* What TARGET has, in milliseconds; false: nothing. */
typedef bool value_function(const struct source *source,
			    const struct target *target, int64_t *value_ms);

static bool alarm_since(const struct source *source,
			const struct target *target, int64_t *value_ms)
{
	(void)source;
	*value_ms = target->state ? target->state->alarm.since_ms : 0;
	return target->state && target->state->alarm.text && *value_ms > 0;
}

static bool has_alarm(const struct source *source, const struct target *target,
		      int64_t *value_ms)
{
	*value_ms = alarm_stands(source, target) ? 1000 : 0;
	return true;
}

static bool until(const struct source *source, const struct target *target,
		  int64_t *value_ms)
{
	(void)source;
	*value_ms = target->action.until_ms;
	return *value_ms > 0;
}

static bool looked(const struct source *source, const struct target *target,
		   int64_t *value_ms)
{
	(void)source;
	*value_ms = target->rests ? target->rests->looked_ms :
		    target->state ? target->state->looked_ms : 0;
	return *value_ms > 0;
}

static bool ends(const struct chain *chain, int64_t *value_ms)
{
	*value_ms = chain ? chain->not_after_seconds * 1000 : 0;
	return *value_ms > 0;
}

static bool released_ends(const struct source *source,
			  const struct target *target, int64_t *value_ms)
{
	(void)source;
	return ends(target_released(target), value_ms);
}

static bool live_ends(const struct source *source, const struct target *target,
		      int64_t *value_ms)
{
	(void)source;
	return ends(target->rests ? target_released(target) :
		    target->facts.live, value_ms);
}

static const struct family {
	const char *name;
	value_function *value;
	const char *help;
} families[] = {
	{ "alnitak_alarm", has_alarm,
	  "1: the target needs a person." },
	{ "alnitak_alarm_since_timestamp_seconds", alarm_since,
	  "Since when it does." },
	{ "alnitak_wait_until_timestamp_seconds", until,
	  "Until when it waits, where that is known." },
	{ "alnitak_looked_timestamp_seconds", looked,
	  "When all was last seen to be as it should be." },
	{ "alnitak_released_expiry_timestamp_seconds", released_ends,
	  "When the certificate in service expires." },
	{ "alnitak_live_expiry_timestamp_seconds", live_ends,
	  "When the one that certbot shows expires." },
};

static void put_family(FILE *out, const struct pass *pass,
		       const struct family *family)
{
	int64_t value_ms;

	put_head(out, family->name, family->help);
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (!family->value(&pass->source, target, &value_ms))
			continue;
		fprintf(out, "%s{", family->name);
		put_label(out, "target", target->config->name);
		fputc('}', out);
		put_seconds(out, value_ms);
	}
}

static void put_step(FILE *out, const struct target *target)
{
	bool known = target->state || target->rests;

	fputs("alnitak_step{", out);
	put_label(out, "target", target->config->name);
	fputc(',', out);
	put_label(out, "step", target->failure || !known ? "failed" :
			       report_step(target->action.step));
	fputc(',', out);
	put_label(out, "reason", known ?
		  report_reason(target->action.reason) : "state");
	fputs("} 1\n", out);
}

/* ---- All together ------------------------------------------------------ */

char *metrics_text(const struct pass *pass, const struct moment *now)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out);
	put_head(out, "alnitak_run_timestamp_seconds",
		 "When the last run that looked at everything ended.");
	fputs("alnitak_run_timestamp_seconds", out);
	put_seconds(out, now->wall_ms);
	put_head(out, "alnitak_targets", "How many targets there are.");
	fprintf(out, "alnitak_targets %zu\n", pass->targets.count);
	put_head(out, "alnitak_step",
		 "1: what the target does or waits for, and why.");
	for (size_t i = 0; i < pass->targets.count; i++)
		put_step(out, &pass->targets.items[i]);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		put_family(out, pass, &families[i]);
	must(fclose(out) == 0);
	return text;
}
