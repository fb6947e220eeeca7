/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/starttls.h"

/*
 * The parts of the dialogue: starttls.c has the frame, and what every
 * protocol begins with; starttls_lines.c the protocols of lines,
 * starttls_octets.c the others.
 */

/* Takes from the front of IN, which is not empty, what is whole, and returns
 * how much that was; 0: it needs more, or the dialogue is over. */
size_t starttls_take_line(struct dialogue *dialogue);
size_t starttls_take_xmpp(struct dialogue *dialogue);
size_t starttls_take_ldap(struct dialogue *dialogue);
size_t starttls_take_postgresql(struct dialogue *dialogue);

/* Adds to what is to be sent. */
void starttls_send(struct dialogue *dialogue, const void *octets, size_t size);
void starttls_send_text(struct dialogue *dialogue, const char *text);
/* It speaks something else: these octets show what. */
void starttls_wrong(struct dialogue *dialogue, const uint8_t *octets,
		    size_t size);
