/* SPDX-License-Identifier: MIT */
#include "support/frames.h"

#include "unit.h"

#include <sys/socket.h>

struct octets frame_expect(int channel, enum frame_kind kind)
{
	struct octets in = { NULL, 0, 0 }, body = { NULL, 0, 0 };
	struct octets_reader found;
	enum frame_kind is_kind;
	size_t size;
	bool bad;

	while (!frame_find(&in, &is_kind, &found, &size, &bad)) {
		uint8_t octet;

		assert_false(bad);
		assert_int_equal(recv(channel, &octet, 1, 0), 1);
		octets_put(&in, &octet, 1);
	}
	assert_int_equal(is_kind, kind);
	octets_put(&body, found.data, found.left);
	octets_clear(&in);
	return body;
}
