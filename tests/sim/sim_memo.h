/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What is told apart by this is remembered in place of being reckoned again. */
uint64_t text_hash(const char *text, size_t size);
