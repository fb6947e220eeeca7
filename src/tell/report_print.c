/* SPDX-License-Identifier: MIT */
#include "tell/report.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

static const char *text_of(const json_t *json, const char *field)
{
	const char *text = json_string_value(json_object_get(json, field));

	return text ? text : "-";
}

static const char *text_or_empty(const json_t *json, const char *field)
{
	const char *text = json_string_value(json_object_get(json, field));

	return text ? text : "";
}

/* What came from outside must not drive the terminal. */
static void print_safe(const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			printf("\\x%02x", (unsigned char)*text);
		else
			putchar(*text);
	}
}

void report_print_line(const char *line)
{
	print_safe(line);
	putchar('\n');
}

/* "2026-11-23 21:45:01 CET" of NAME_ms, in WHEN. */
static const char *time_of(const json_t *json, const char *name_ms,
			   char when[TEXT_TIME_SIZE])
{
	const json_t *time_ms = json_object_get(json, name_ms);

	return json_is_integer(time_ms) ?
	       text_time_local(json_integer_value(time_ms), when) : "-";
}

static void print_chain(const char *title, const json_t *chain)
{
	const json_t *version = json_object_get(chain, "version");
	char when[TEXT_TIME_SIZE];

	if (!json_is_object(chain))
		return;
	printf("  %-9s ", title);
	if (json_is_integer(version))
		printf("version %d, ", (int)json_integer_value(version));
	printf("serial number %s, SHA-256 %.8s.., expires %s\n",
	       text_of(chain, "serial"), text_of(chain, "leaf"),
	       time_of(chain, "expires_ms", when));
}

static bool is_ok(const json_t *server)
{
	return json_is_true(json_object_get(server, "ok"));
}

/* What needs no word more. */
static void print_good(const json_t *server)
{
	printf("      good %s ", text_of(server, "address"));
	report_print_line(text_or_empty(server, "name"));
}

static void print_late(const json_t *server)
{
	printf("      WAIT %s ", text_of(server, "address"));
	print_safe(text_of(server, "name"));
	fputs(": ", stdout);
	print_safe(text_of(server, "detail"));
	print_safe(text_or_empty(server, "serial_detail"));
	putchar('\n');
}

static void print_outside(const json_t *answer)
{
	printf("      WAIT %s (outside): ", text_of(answer, "address"));
	report_print_line(text_of(answer, "detail"));
}

static void print_owner(const json_t *owner)
{
	const json_t *servers = json_object_get(owner, "servers");
	const json_t *server, *record;
	size_t i, good = 0;

	json_array_foreach(servers, i, server)
		good += is_ok(server);
	printf("    %s: %zu of %zu addresses are good\n",
	       text_of(owner, "owner"), good, json_array_size(servers));
	json_array_foreach(json_object_get(owner, "wanted"), i, record)
		printf("      want %s\n", json_string_value(record));
	json_array_foreach(servers, i, server) {
		if (is_ok(server))
			print_good(server);
		else
			print_late(server);
	}
	json_array_foreach(json_object_get(owner, "outside"), i, server)
		if (!is_ok(server))
			print_outside(server);
}

static void print_alarm(const json_t *alarm)
{
	char when[TEXT_TIME_SIZE];

	if (!json_is_object(alarm))
		return;
	printf("  %-9s since %s: ", "alarm", time_of(alarm, "since_ms", when));
	report_print_line(text_of(alarm, "text"));
}

void report_print_head(const json_t *report)
{
	const char *unprobed =
		json_string_value(json_object_get(report, "not_probed"));

	print_alarm(json_object_get(report, "alarm"));
	printf("  %-9s %s%s\n", "links", text_of(report, "links"),
	       json_is_true(json_object_get(report, "reload_due")) ?
	       ", a reload is due" : "");
	print_chain("released", json_object_get(report, "released"));
	print_chain("live", json_object_get(report, "live"));
	if (unprobed)
		printf("  not probed: %s\n", unprobed);
}

void report_print_owners(const json_t *report)
{
	const json_t *owner;
	size_t i;

	json_array_foreach(json_object_get(report, "owners"), i, owner)
		if (json_array_size(json_object_get(owner, "servers")))
			print_owner(owner);
}
