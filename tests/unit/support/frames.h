/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/posix/hands.h"

/* The body of the next frame from CHANNEL, which must be KIND: else the test
 * fails, where frame_wait() would end it as if all were well. */
struct octets frame_expect(int channel, enum frame_kind kind);
