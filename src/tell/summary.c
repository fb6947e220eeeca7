/* SPDX-License-Identifier: MIT */
#include "tell/summary.h"

#include "base/xalloc.h"
#include "state/state_field.h"
#include "state/text_json.h"
#include "tell/alarm.h"
#include "tell/document.h"

#include <stdlib.h>

/* ---- Written ----------------------------------------------------------- */

static json_t *target_json(const char *name, const char *line, char *alarm,
			   const struct chain *released)
{
	int64_t begins_ms = released ? released->not_before_seconds * 1000 : 0;
	int64_t ends_ms = released ? released->not_after_seconds * 1000 : 0;
	json_t *json = json_pack(
		"{s:o, s:o, s:o, s:I, s:I}",
		"target", text_json(name), "line", text_json(line),
		"alarm", alarm ? document_taken(alarm) : json_null(),
		"begins_ms", (json_int_t)(begins_ms > 0 ? begins_ms : 0),
		"ends_ms", (json_int_t)(ends_ms > 0 ? ends_ms : 0));

	invariant(json);
	return json;
}

/* What a person has to know, allocated; NULL: nothing. */
static char *alarm_text(const struct source *source,
			const struct target *target)
{
	if (!alarm_stands(source, target))
		return NULL;
	if (target->state && target->state->alarm.text)
		return alarm_line(&target->state->alarm);
	return xstrdup(target->failure ? target->failure :
		       target->line ? target->line : target->config->name);
}

char *summary_text(const struct pass *pass, const struct moment *now)
{
	json_t *targets = json_array(), *json;
	char *text;

	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		json_array_append_new(targets, target_json(
			target->config->name,
			target->line ? target->line : "",
			alarm_text(&pass->source, target),
			target_released(target)));
	}
	for (size_t i = 0; i < pass->strays.count; i++) {
		const struct stray *stray = &pass->strays.items[i];

		if (stray->line)
			json_array_append_new(targets, target_json(
				stray->state->target, stray->line,
				xstrdup(stray->line), NULL));
	}
	json = json_pack("{s:i, s:o, s:o, s:o}", "schema", DOCUMENT_SCHEMA,
			 "time", document_time(now->wall_ms),
			 "ms", document_ms(now->wall_ms), "targets", targets);
	text = json_dumps(json, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	must(text);
	json_decref(json);
	return text;
}

/* ---- Read -------------------------------------------------------------- */

static void read_target(struct reader *reader, const json_t *json,
			struct summary *summary)
{
	struct summary_target *target = array_push(summary->targets,
						   summary->count);

	target->name = xstrdup(field_text(reader, json, "target"));
	target->line = xstrdup(field_text(reader, json, "line"));
	target->alarm = field_optional_text(reader, json, "alarm");
	target->begins_ms = field_clock(reader, json, "begins_ms");
	target->ends_ms = field_clock(reader, json, "ends_ms");
}

char *summary_read(const char *text, size_t size, struct summary *summary)
{
	struct reader reader = { NULL };
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *one;
	size_t i;

	*summary = (struct summary){ 0, NULL, 0 };
	if (!json_is_object(json)) {
		json_decref(json);
		return xstrdup("it is no JSON object");
	}
	summary->written_ms = field_clock(&reader, json, "ms");
	json_array_foreach(field_list(&reader, json, "targets"), i, one)
		read_target(&reader, one, summary);
	json_decref(json);
	if (reader.fault)
		summary_clear(summary);
	return reader.fault;
}

const struct summary_target *summary_find(const struct summary *summary,
					  const char *name)
{
	for (size_t i = 0; i < summary->count; i++)
		if (streq(summary->targets[i].name, name))
			return &summary->targets[i];
	return NULL;
}

void summary_clear(struct summary *summary)
{
	for (size_t i = 0; i < summary->count; i++) {
		free(summary->targets[i].name);
		free(summary->targets[i].line);
		free(summary->targets[i].alarm);
	}
	free(summary->targets);
	*summary = (struct summary){ 0, NULL, 0 };
}
