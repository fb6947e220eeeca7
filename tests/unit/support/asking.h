/* SPDX-License-Identifier: MIT */
#pragma once

#include "support/dns_server.h"
#include "world/world.h"

/* The real world, asking servers of dns_server.h. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* A loaded machine is not to miss them: in SHORT_MS nobody has to answer, in
 * PATIENT_MS each of few that must wait, and nothing takes LONG_MS. */
#define LONG_MS 20000
#define PATIENT_MS 3000
#define SHORT_MS 240

extern struct world world;

/* For cmocka, of the group. */
int asking_open(void **state);
int asking_close(void **state);

/* "TeSt.EXAMPLE. TLSA", with the ID 0x1234, alone; answered. */
struct question ask_at(struct address address, enum transport transport,
		       unsigned timeout_ms);
/* The reply is freed. */
void assert_answered(struct question *question, unsigned rcode);
void assert_unanswered(const struct question *question,
		       enum outcome outcome, int error);
/* On the boot clock. */
int64_t now_ms(void);
