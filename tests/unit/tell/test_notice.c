/* SPDX-License-Identifier: MIT */
#include "tell/notice.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)

static struct alarm_note mail = { lent("mail: stuck"), T0, NULL, 0 };
static struct alarm_note web = { lent("web: stuck"), T0 - 1000,
				 lent("web: was stuck"), T0 };

TEST(one_target)
{
	static const struct {
		enum alarm_event event;
		const char *subject, *text;
	} cases[] = {
		{ ALARM_BEGIN, "alnitak: web is in trouble",
		  "web: stuck\n(it stands since 2027-01-15 07:59:59 UTC)\n\n"
		  "`alnitak status` says" },
		{ ALARM_STAND, "alnitak: web is still in trouble",
		  "web: stuck\n(it stands since" },
		{ ALARM_END, "alnitak: web is out of trouble",
		  "web: was stuck\n(over; it stood since 2027-01-15 "
		  "07:59:59 UTC)\n\n`alnitak status` says" },
	};
	const struct concern concern = { "web", &web };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct notice notice = notice_make(cases[i].event, &concern,
						   1);

		assert_int_equal(notice.event, cases[i].event);
		assert_string_equal(notice.targets, "web");
		assert_string_equal(notice.subject, cases[i].subject);
		assert_ptr_equal(strstr(notice.text, cases[i].text),
				 notice.text);
		assert_string_equal(notice.since, "2027-01-15 07:59:59 UTC");
		notice_clear(&notice);
	}
}

TEST(several_targets)
{
	const struct concern both[] = { { "mail", &mail }, { "web", &web } };
	struct notice notice = notice_make(ALARM_BEGIN, both, 2);

	assert_string_equal(notice.targets, "mail web");
	assert_string_equal(notice.subject,
			    "alnitak: mail and 1 more are in trouble");
	assert_non_null(strstr(notice.text, "mail: stuck\n"));
	assert_non_null(strstr(notice.text, "web: stuck\n"));
	/* The older one's. */
	assert_string_equal(notice.since, "2027-01-15 07:59:59 UTC");
	notice_clear(&notice);
}

/* A dead name server, and a thousand targets with much to say about it: one
 * notice, which fits into the environment, and no line too long for a mail. */
TEST(a_thousand_targets)
{
	enum { MANY = 1000 };
	struct concern *all = xcalloc(MANY, sizeof(*all));
	struct alarm_note note = { NULL, T0, NULL, 0 };
	struct notice notice;
	char text[ALARM_TEXT_MAX + 1];

	memset(text, 'x', ALARM_TEXT_MAX);
	text[ALARM_TEXT_MAX] = '\0';
	note.text = text;
	for (size_t i = 0; i < MANY; i++)
		all[i] = (struct concern){ "mail.example.com", &note };
	notice = notice_make(ALARM_STAND, all, MANY);
	assert_string_equal(notice.subject, "alnitak: mail.example.com and "
			    "999 more are still in trouble");
	assert_non_null(strstr(notice.text, "And so are 950 more.\n"));
	assert_true(strlen(notice.text) < 64 * 1024);
	assert_true(strlen(notice.targets) < 64 * 1024);
	for (const char *line = notice.text; *line; line++) {
		size_t size = strcspn(line, "\n");

		assert_true(size < 998);	/* RFC 5322 section 2.1.1 */
		line += size;
	}
	notice_clear(&notice);
	free(all);
}

/* It becomes a mail's header and text: nothing may end a line or a header. */
TEST(octets_from_outside)
{
	struct alarm_note note = { lent("a\nBcc: x\r\xc3\xa4\x1b"), 0, NULL,
				   0 };
	const struct concern concern = { "m\xc3\xa4il\nx", &note };
	struct notice notice = notice_make(ALARM_BEGIN, &concern, 1);

	assert_string_equal(notice.subject,
			    "alnitak: m\\xc3\\xa4il\\x0ax is in trouble");
	assert_string_equal(notice.targets, "m\\xc3\\xa4il\\x0ax");
	assert_non_null(strstr(notice.text,
			       "a\\x0aBcc: x\\x0d\\xc3\\xa4\\x1b\n(it stands "
			       "since ?)\n"));
	assert_string_equal(notice.since, "?");
	notice_clear(&notice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_target),
		cmocka_unit_test(test_several_targets),
		cmocka_unit_test(test_a_thousand_targets),
		cmocka_unit_test(test_octets_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
