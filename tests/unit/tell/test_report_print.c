/* SPDX-License-Identifier: MIT */
#include "tell/report.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "unit.h"

static char *print_text(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	char *printed;

	if (!json)
		fail_msg("%s", error.text);
	capture_begin();
	report_print_head(json);
	report_print_owners(json);
	printed = capture_end();
	json_decref(json);
	return printed;
}

TEST(at_rest)
{
	char *text = print_text("{\"line\": \"mail: at rest\", \"links\": "
		"\"at rest\", \"reload_due\": false, \"released\": "
		"{\"version\": 7, \"serial\": \"3b\", \"leaf\":"
		" \"0011223344556677\", \"expires_ms\": 1800000000000}, "
		"\"live\": null, \"owners\": [{\"owner\": \"o.\", "
		"\"wanted\": [], \"servers\": []}]}");

	assert_non_null(strstr(text, "released  version 7, serial number 3b, "
			       "SHA-256 00112233.., expires "
			       "2027-01-15 08:00:00 UTC\n"));
	assert_null(strstr(text, "presented"));
	assert_null(strstr(text, "not probed"));
	assert_null(strstr(text, "o."));
	assert_null(strstr(text, "a reload is due"));
	free(text);
}

TEST(unprobed_ports_are_named)
{
	char *text = print_text("{\"line\": \"mail: at rest\", \"links\": "
		"\"at rest\", \"not_probed\": \"25, 853/udp\"}");

	assert_non_null(strstr(text, "\n  not probed: 25, 853/udp\n"));
	free(text);
}

TEST(a_standing_alarm)
{
	char *text = print_text("{\"line\": \"mail: at rest\", \"alarm\": "
		"{\"text\": \"mail: stuck\\u0007\", \"since_ms\": 1000"
		"}}");

	assert_non_null(strstr(text, "  alarm     since "
			       "1970-01-01 00:00:01 UTC: mail: stuck\\x07\n"
			       "  links"));
	free(text);
	text = print_text("{\"line\": \"mail: at rest\", \"alarm\": null}");
	assert_null(strstr(text, "alarm"));
	free(text);
}

TEST(late_servers_are_named)
{
	char *text = print_text("{\"line\": \"mail: waiting\", \"links\": "
		"\"pinned\", \"reload_due\": true, \"owners\": [{\"owner\": "
		"\"_25._tcp.m.\", \"wanted\": [\"3 1 1 aa\"], \"servers\": ["
		"{\"address\": \"192.0.2.1\", \"name\": \"ns1.\", \"ok\": "
		"true, \"detail\": \"serves it\"}, {\"address\": "
		"\"192.0.2.2\", \"name\": null, \"ok\": false, \"behind\": "
		"true, \"detail\": \"serves nothing\", \"serial_detail\": "
		"\", behind the primary\"}]}]}");

	assert_non_null(strstr(text, "a reload is due"));
	assert_non_null(strstr(text, "_25._tcp.m."));
	assert_non_null(strstr(text, "1 of 2"));
	assert_non_null(strstr(text, "want 3 1 1 aa"));
	assert_non_null(strstr(text, "192.0.2.2"));
	assert_non_null(strstr(text, "serves nothing, behind the primary"));
	assert_non_null(strstr(text, "      good 192.0.2.1 ns1.\n"));
	assert_null(strstr(text, "serves it"));
	free(text);
}

/* What a server says must not drive the terminal. */
TEST(controls_are_shown)
{
	char *text = print_text("{\"alarm\": {\"text\": \"a\\u001b[2Jb\"}, "
		"\"owners\": [{\"owner\": \"o.\", \"servers\": [{"
		"\"address\": \"::1\", \"name\": \"x\\u0007\", "
		"\"ok\": false, \"detail\": \"y\\rz\"}]}]}");

	assert_non_null(strstr(text, "a\\x1b[2Jb"));
	assert_non_null(strstr(text, "x\\x07"));
	assert_non_null(strstr(text, "y\\x0dz"));
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	free(text);
}

TEST(nothing_there)
{
	char *text = print_text("{}");

	assert_string_equal(text, "  links     -\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_rest),
		cmocka_unit_test(test_unprobed_ports_are_named),
		cmocka_unit_test(test_a_standing_alarm),
		cmocka_unit_test(test_late_servers_are_named),
		cmocka_unit_test(test_controls_are_shown),
		cmocka_unit_test(test_nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
