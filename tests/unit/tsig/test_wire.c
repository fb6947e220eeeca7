/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tsig/wire.h"

#include "unit.h"
static struct wire_reader reader_of(const void *data, size_t size)
{
	return (struct wire_reader){ data, size, 0, false };
}

TEST(integers)
{
	struct wire_reader reader = reader_of("\x12\x34\x00\x01\x02\x03\x04"
					      "\x05\xff", 9);

	assert_int_equal(wire_read_u16(&reader), 0x1234);
	assert_int_equal(wire_read_uint(&reader, 6), 0x000102030405);
	assert_int_equal(wire_read_uint(&reader, 1), 0xff);
	assert_false(reader.failed);
	assert_int_equal(reader.at, 9);
}

TEST(failure_sticks)
{
	struct wire_reader reader = reader_of("\x01\x02\x03", 3);
	struct wire_name name;

	assert_int_equal(wire_read_uint(&reader, 4), 0);
	assert_true(reader.failed);
	assert_int_equal(wire_read_uint(&reader, 1), 0);
	assert_null(wire_read_octets(&reader, 0));
	wire_read_name(&reader, &name);
	assert_int_equal(reader.at, 0);
	assert_true(reader.failed);
}

TEST(size_does_not_wrap)
{
	struct wire_reader reader = reader_of("\x01\x02\x03", 3);

	wire_read_uint(&reader, 2);
	assert_null(wire_read_octets(&reader, SIZE_MAX));
	assert_true(reader.failed);
}

TEST(write)
{
	uint8_t data[8] = { 0 };
	struct wire_writer writer = { data, 7, 0, false };

	wire_write_uint(&writer, 0x0102030405, 5);
	wire_write_octets(&writer, NULL, 0);
	wire_write_octets(&writer, "xyz", 3);
	assert_true(writer.failed);
	wire_write_uint(&writer, 7, 1);
	assert_int_equal(writer.at, 5);
	assert_memory_equal(data, "\x01\x02\x03\x04\x05\0\0\0", 8);
}

#define OCTETS(text) text, sizeof(text) - 1

/* A message, where its name stands, and what comes of it. */
static const struct name_case {
	const char *data;
	size_t size, start, after;	/* after 0: must fail */
	const char *name;
	size_t name_size;
} name_cases[] = {
	{ OCTETS("\0"), 0, 1, OCTETS("\0") },
	{ OCTETS("\1A\2bC\0!"), 0, 6, OCTETS("\1a\2bc\0") },
	{ OCTETS("\1a\0\1b\xc0\0!"), 3, 7, OCTETS("\1b\1a\0") },
	{ OCTETS("\1a\0\xc0\0\xc0\3"), 5, 7, OCTETS("\1a\0") },
	/* itself, forwards, a loop, past the end, into its own labels */
	{ OCTETS("\xc0\0"), 0, 0, NULL, 0 },
	{ OCTETS("\xc0\2\0"), 0, 0, NULL, 0 },
	{ OCTETS("\1a\xc0\4\xc0\0"), 4, 0, NULL, 0 },
	{ OCTETS("\1a\xc0\0"), 0, 0, NULL, 0 },
	{ OCTETS("\xff\xff"), 0, 0, NULL, 0 },
	/* cut off: no root, half a label, half a pointer, nothing */
	{ OCTETS("\1a"), 0, 0, NULL, 0 },
	{ OCTETS("\3ab"), 0, 0, NULL, 0 },
	{ OCTETS("\0\xc0"), 1, 0, NULL, 0 },
	{ OCTETS(""), 0, 0, NULL, 0 },
	/* label types that nobody uses, with enough behind them */
	{ OCTETS("\x41""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaa\0"), 0, 0, NULL, 0 },
};

TEST(names)
{
	for (size_t i = 0; i < sizeof(name_cases) / sizeof(*name_cases); i++) {
		const struct name_case *c = &name_cases[i];
		struct wire_reader reader = reader_of(c->data, c->size);
		struct wire_name name;

		reader.at = c->start;
		wire_read_name(&reader, &name);
		if (reader.failed != (c->after == 0))
			fail_msg("case %zu", i);
		if (c->after == 0)
			continue;
		assert_int_equal(reader.at, c->after);
		assert_int_equal(name.size, c->name_size);
		assert_memory_equal(name.octets, c->name, c->name_size);
	}
}

TEST(name_stepped_over)
{
	struct wire_reader reader = reader_of("\1a\0\1b\xc0\0", 7);

	reader.at = 3;
	wire_read_name(&reader, NULL);
	assert_false(reader.failed);
	assert_int_equal(reader.at, 7);
}

/* Labels of one octet: the name has LABELS * 2 + 1. */
static bool many_labels_read(size_t labels)
{
	uint8_t data[512] = { 0 };
	struct wire_reader reader = reader_of(data, 2 * labels + 1);
	struct wire_name name;

	for (size_t i = 0; i < labels; i++)
		memcpy(data + 2 * i, "\1a", 2);
	data[2 * labels] = 0;
	wire_read_name(&reader, &name);
	return !reader.failed;
}

TEST(name_length)
{
	assert_true(many_labels_read(127));	/* 255 octets */
	assert_false(many_labels_read(128));
}

TEST(pointer_chain_is_bounded)
{
	uint8_t data[1024] = { 0 };
	struct wire_reader reader = reader_of(data, sizeof(data));

	for (size_t at = 2; at < sizeof(data); at += 2) {
		data[at] = (uint8_t)(0xc0 | (at - 2) >> 8);
		data[at + 1] = (uint8_t)(at - 2);
	}
	reader.at = 200;
	wire_read_name(&reader, NULL);
	assert_false(reader.failed);
	assert_int_equal(reader.at, 202);
	reader.at = 1022;
	wire_read_name(&reader, NULL);
	assert_true(reader.failed);
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

TEST(name_from_text)
{
	static const struct {
		const char *text;
		size_t size;	/* 0: must fail */
	} cases[] = {
		{ "a.example", 11 }, { "A.Example.", 11 }, { "a", 3 },
		{ "", 0 }, { ".", 0 }, { "a..b", 0 }, { ".a", 0 }, { "a..", 0 },
		{ A63, 65 }, { A63 "a", 0 },
		{ A63 "." A63 "." A63 "." A61, 255 },
		{ A63 "." A63 "." A63 "." A61 ".", 255 },
		{ A63 "." A63 "." A63 "." A61 "a", 0 },
		{ A63 "." A63 "." A63 "." A61 ".a", 0 },
	};
	struct wire_name name, other;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool good = wire_name_from_text(&name, cases[i].text,
						strlen(cases[i].text));

		if (good != (cases[i].size > 0) ||
		    (good && name.size != cases[i].size))
			fail_msg("case %zu: %s", i, cases[i].text);
	}
	assert_true(wire_name_from_text(&name, "A.b.", 4));
	assert_memory_equal(name.octets, "\1a\1b\0", 5);
	assert_true(wire_name_from_text(&other, "a.B", 3));
	assert_true(wire_name_equal(&name, &other));
	assert_true(wire_name_from_text(&other, "a.c", 3));
	assert_false(wire_name_equal(&name, &other));
	assert_true(wire_name_from_text(&other, "a", 1));
	assert_false(wire_name_equal(&name, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_failure_sticks),
		cmocka_unit_test(test_size_does_not_wrap),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_name_stepped_over),
		cmocka_unit_test(test_name_length),
		cmocka_unit_test(test_pointer_chain_is_bounded),
		cmocka_unit_test(test_name_from_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
