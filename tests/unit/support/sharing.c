/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "support/sharing.h"

#include "base/dns.h"
#include "unit.h"

#include <string.h>
#include <sys/socket.h>

struct question questions[MANY];
uint8_t queries[MANY][SERVER_QUERY_SIZE];
unsigned seen[MANY];
int64_t last_ms;

void prepare(const struct address *address, size_t n, unsigned timeout_ms)
{
	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < n; i++) {
		server_make_query(queries[i], (unsigned)i);
		questions[i] = (struct question){
			.server = *address, .transport = TRANSPORT_TCP,
			.timeout_ms = timeout_ms, .query = queries[i],
			.query_size = SERVER_QUERY_SIZE,
		};
	}
}

void assert_all_answered(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(questions[i].used, TRANSPORT_TCP);
		assert_answered(&questions[i], 0);
	}
}

void note(const struct asker *asker)
{
	unsigned id = dns_number(asker->query);

	if (id < MANY)
		seen[id]++;
	last_ms = now_ms();
}

bool has_more(int fd)
{
	uint8_t octet;

	return recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

void make_updates(size_t n)
{
	for (size_t i = 0; i < n; i++)
		queries[i][2] |= OPCODE_UPDATE;
}

void serve(struct server *server, int fd, struct asker *asker)
{
	do {
		note(asker);
		server_answer_tcp(server, fd, asker);
	} while (server_read_query(fd, asker));
}
