/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The process that makes hands (hands.h), from what was in memory when it was
 * made itself. It has done nothing before it is asked for the first one: then
 * it gives up all rights (confine.h).
 */

/* Yields the channel to it, or -1: there is none, and no hand will be. It ends
 * when the channel is closed. */
int porter_begin(void);

/* The channel to a new hand; -1: it cannot be made. */
int porter_send_hand(int porter);
